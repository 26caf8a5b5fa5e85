import { sum } from "./tally.ts";
import type { Tally } from "./tally.ts";
import type { Thread } from "./thread.ts";

/** The figures of a session's database row when the page was rendered, up to `seq`. */
export interface ReportedFigures {
  readonly seq: number;
  readonly tally: Tally;
  /** ms; 0: not started. */
  readonly startTs: number;
  /** True if sub-agents existed then; their spawn events may not have been read. */
  readonly hasAgents: boolean;
}

export interface Used {
  readonly tally: Tally;
  /** False if events that count have not been read, so the real figure may be higher. */
  readonly isWhole: boolean;
}

/** A session's own usage: from the log if read whole, otherwise based on `reported`. */
export function usedBy({ start, reported, tally, since }: Thread): Used {
  if (start === 0) return { tally, isWhole: true };
  if (!reported || start > reported.seq) return { tally, isWhole: false };
  return { tally: sum(reported.tally, since), isWhole: !reported.hasAgents };
}
