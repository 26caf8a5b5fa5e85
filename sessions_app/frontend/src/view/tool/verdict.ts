import type { ApprovalEvent } from "../../protocol.ts";

/** Who decided what about a call. */
export function verdict(answer: ApprovalEvent): string {
  const who = answer.by ? ` by ${answer.by}` : "";
  if (answer.decision !== "approved") return `Denied${who}`;
  return `Approved${answer.scope === "session" ? " for the session" : ""}${who}`;
}
