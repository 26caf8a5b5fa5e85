import type { ToolRow } from "../../model/row.ts";
import type { ViewContext } from "../view_context.ts";
import { agentState } from "./agent_figures.ts";
import type { ToolPresentation } from "../presentation/presentation.ts";

export type ToolState = "writing" | "asking" | "running" | "done" | "failed" | "denied";

// ms; a call that ends sooner never opens its card, which would only flicker
const LONG_MS = 1_500;
const LONG_INPUT_CHARS = 200;

export function stateOf(row: ToolRow): ToolState {
  if (row.answer?.decision === "denied") return "denied";
  if (row.result) return row.result.isError ? "failed" : "done";
  if (row.ask && !row.answer) return "asking";
  return row.input ? "running" : "writing";
}

/** Whether a card is open by default, unless a person has chosen. */
export function wantsOpen(row: ToolRow, presentation: ToolPresentation, context: ViewContext): boolean {
  if (row.child) return agentState(context, row) === "running";
  switch (stateOf(row)) {
    case "asking":
    case "failed":
      return true;
    case "writing":
      return row.inputText.length > LONG_INPUT_CHARS;
    case "running":
      return !presentation.isBrief && (row.liveOutput !== "" || runningMs(row, context) > LONG_MS);
    case "done":
    case "denied":
      return false;
  }
}

/** How long a call has run, in ms. */
export function runningMs(row: ToolRow, context: ViewContext): number {
  return row.startTs > 0 ? Math.max(0, context.now() - row.startTs) : 0;
}
