import type { Row, ToolRow } from "./row.ts";

const RUN_MIN = 4; // fewer calls are shown one by one

/** Consecutive tool calls that all succeeded, shown as one line. */
export interface Run {
  readonly rows: readonly ToolRow[];
}

/**
 * Find the runs that end with the first `end` rows, once something else follows them.
 * Sub-agents, failures and what a person decided stay rows of their own.
 */
export function runsAtEnd(rows: readonly Row[], end: number): Run[] {
  const runs: Run[] = [];
  let found: ToolRow[] = [];
  const close = (): void => {
    if (found.length >= RUN_MIN) runs.push({ rows: found.reverse() });
    found = [];
  };
  for (let at = end - 1; at >= 0; at -= 1) {
    const row = rows[at];
    if (row?.kind !== "tool" || row.run) break;
    if (folds(row)) found.push(row);
    else close();
  }
  close();
  return runs;
}

function folds(row: ToolRow): boolean {
  return row.result !== null && !row.result.isError && !row.child && !row.ask;
}
