import type { ToolRow } from "../row.ts";
import type { Thread } from "../thread.ts";

/**
 * The calls of a thread, before `row`, whose questions the rule of its question would have
 * answered: those that carried the same rule. Of a thread that was not read from its start, those read.
 */
export function sparedAsks(thread: Thread, row: ToolRow): ToolRow[] {
  const rule = row.ask?.rule;
  if (!rule) return [];
  const at = thread.rows.indexOf(row);
  const before = at < 0 ? thread.rows : thread.rows.slice(0, at);
  return before.filter((one): one is ToolRow => one.kind === "tool" && one.ask?.rule === rule);
}
