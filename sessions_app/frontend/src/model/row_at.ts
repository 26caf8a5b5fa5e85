import type { Row } from "./row.ts";
import type { Thread } from "./thread.ts";

/**
 * The row that tells of an event: the one it was folded into, else the last one that
 * began before it. Null: the thread has no row at all.
 */
export function rowAt({ rows }: Thread, seq: number): Row | null {
  const made = rows.find((row) => row.seqs.includes(seq));
  return made ?? rows.findLast((row) => Number(row.key) <= seq) ?? rows[0] ?? null;
}
