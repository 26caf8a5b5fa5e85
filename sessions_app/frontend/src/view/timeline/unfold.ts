import type { Row } from "../../model/row.ts";
import type { ViewContext } from "../view_context.ts";
import type { Path } from "./timeline.ts";

// As their shapes name them.
const PARTS = { message: "message", tool: "card", thinking: "thinking", opaque: "raw", unknown: "raw" } as const;

/** Unfold all that a row is hidden in: runs of calls, sub-agents; with `isOpen` itself too. */
export function unfold(context: ViewContext, session: string, row: Row, isOpen = false): Path {
  const path = [{ session, row }];
  const seen = new Set([session]);
  let above = context.model.spawner(session);
  while (above && !seen.has(above.thread.id)) {
    const { thread, row: call } = above;
    seen.add(thread.id);
    context.toggle(thread.id, call, "card", true);
    path.unshift({ session: thread.id, row: call });
    above = context.model.spawner(thread.id);
  }
  const part = PARTS[row.kind as keyof typeof PARTS];
  if (isOpen && part) context.toggle(session, row, part, true);
  for (const step of path) unfoldRun(context, step.session, step.row);
  return path;
}

function unfoldRun(context: ViewContext, session: string, row: Row): void {
  if (row.kind !== "tool" || !row.run) return;
  const first = row.run.rows[0] ?? row;
  if (context.ui(session, first).toggles.get("run") === true) return;
  context.toggle(session, first, "run", true);
  for (const each of row.run.rows) context.changed(session, each);
}
