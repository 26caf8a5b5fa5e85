import type { ApprovalAsk } from "../../model/row.ts";
import type { ApprovalEvent } from "../../protocol.ts";

/** The decision about a call, and who made it. */
export function verdict(answer: ApprovalEvent, ask: ApprovalAsk | null): string {
  const who = answer.by ? ` by ${answer.by}` : "";
  const option = ask?.options.find(({ id }) => id === answer.optionId);
  if (option) return answer.by ? `${option.name} (${answer.by})` : option.name;
  if (answer.decision !== "approved") return `Denied${who}`;
  return `Approved${answer.scope === "session" ? " for the session" : ""}${who}`;
}
