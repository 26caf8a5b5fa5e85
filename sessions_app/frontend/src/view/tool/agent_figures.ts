import { clockDuration, cost, plural, short } from "../format.ts";
import type { ToolRow } from "../../model/row.ts";
import type { Thread } from "../../model/thread.ts";
import type { ViewContext } from "../view_context.ts";

/** Whether a call's sub-agent is still running. */
export function agentState(context: ViewContext, row: ToolRow): "running" | "over" {
  if (row.result) return "over";
  const status = row.child ? context.model.thread(row.child.id).status : null;
  const isOver = status !== null && !["queued", "running", "waiting"].includes(status);
  return isOver ? "over" : "running";
}

/** One line about a sub-agent and everybody below it. */
export function agentFigures(context: ViewContext, row: ToolRow, childId: string): string {
  const thread = context.model.thread(childId);
  const total = context.model.treeUsed(childId).tally;
  const parts = [
    statusWord(context, row, thread),
    thread.startTs ? clockDuration(elapsed(context, row, thread)) : "",
    total.outputTokens ? `${short(total.outputTokens)} tokens` : "",
    total.costUsd === 0 ? "" : cost(total, context.simulated),
    thread.children.length > 0 ? plural(thread.children.length, "agent") : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

function statusWord(context: ViewContext, row: ToolRow, thread: Thread): string {
  if (row.result?.isError) return "failed";
  if (thread.status) return thread.status;
  return agentState(context, row) === "running" ? "running" : "done";
}

function elapsed(context: ViewContext, row: ToolRow, thread: Thread): number {
  const isRunning = agentState(context, row) === "running";
  const end = isRunning ? Math.max(context.now(), thread.lastTs) : thread.lastTs;
  return end - thread.startTs;
}
