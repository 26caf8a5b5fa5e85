import { writeJson } from "./json/lossless.ts";
import type { AnyCommand } from "./protocol.ts";
import { newKey, request } from "./request.ts";
import type { Answered } from "./request.ts";

export { newKey };

export interface Taken {
  commandId: string;
}

/** Give a command to a session's runner; with the same key again it is given once. */
export function giveCommand(
  session: string,
  command: AnyCommand,
  key: string = newKey(),
): Promise<Answered<Taken>> {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  const path = `/sessions/${encodeURIComponent(session)}/commands`;
  return request<Taken>("POST", path, headers, writeJson(command));
}

/** The same, where only what went wrong counts: null is nothing. */
export async function sendCommand(
  session: string,
  command: AnyCommand,
  key: string = newKey(),
): Promise<string | null> {
  return (await giveCommand(session, command, key)).problem;
}
