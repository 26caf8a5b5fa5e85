import { clockDuration, cost, plural, short } from "../../format.ts";
import type { ToolRow } from "../../model/row.ts";
import type { Thread } from "../../model/thread.ts";
import type { Scene } from "../scene.ts";

/** Whether a call's sub-agent still works. */
export function agentState(scene: Scene, row: ToolRow): "running" | "over" {
  if (row.result) return "over";
  const status = row.child ? scene.model.thread(row.child.id).status : null;
  const isOver = status !== null && !["queued", "running", "waiting"].includes(status);
  return isOver ? "over" : "running";
}

/** One line about a sub-agent and everybody below it. */
export function agentFigures(scene: Scene, row: ToolRow, childId: string): string {
  const thread = scene.model.thread(childId);
  const total = scene.model.treeUsed(childId).tally;
  const parts = [
    statusWord(scene, row, thread),
    thread.startTs ? clockDuration(elapsed(scene, row, thread)) : "",
    total.outputTokens ? `${short(total.outputTokens)} tokens` : "",
    total.costUsd === 0 ? "" : cost(total, scene.simulated),
    thread.children.length > 0 ? plural(thread.children.length, "agent") : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

function statusWord(scene: Scene, row: ToolRow, thread: Thread): string {
  if (row.result?.isError) return "failed";
  if (thread.status) return thread.status;
  return agentState(scene, row) === "running" ? "running" : "done";
}

function elapsed(scene: Scene, row: ToolRow, thread: Thread): number {
  const isRunning = agentState(scene, row) === "running";
  const end = isRunning ? Math.max(scene.now(), thread.lastTs) : thread.lastTs;
  return end - thread.startTs;
}
