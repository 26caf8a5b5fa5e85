import { writeJson } from "../json/lossless.ts";
import type { AnyCommand } from "../protocol.ts";
import { newKey, request } from "./request.ts";
import type { Answered } from "./request.ts";

export { newKey };

export interface Taken {
  id: string;
}

/** Send a command to a session's runner; the key makes sending it again harmless. */
export function giveCommand(
  session: string,
  command: AnyCommand,
  key: string = newKey(),
): Promise<Answered<Taken>> {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  const path = `/api/v1/sessions/${encodeURIComponent(session)}/commands`;
  return request<Taken>("POST", path, headers, writeJson(command));
}

/** Like `giveCommand`, but resolves to the problem alone, null on success. */
export async function sendCommand(
  session: string,
  command: AnyCommand,
  key: string = newKey(),
): Promise<string | null> {
  return (await giveCommand(session, command, key)).problem;
}
