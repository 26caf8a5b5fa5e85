import type { Row } from "../row.ts";
import type { Thread } from "../thread.ts";

/**
 * The row of an event: the one it was folded into, otherwise the last row that began
 * before it. Null if the thread has no rows.
 */
export function rowAt({ rows }: Thread, seq: number): Row | null {
  const made = rows.find((row) => row.seqs.includes(seq));
  return made ?? rows.findLast((row) => Number(row.key) <= seq) ?? rows[0] ?? null;
}
