import { sum } from "./tally.ts";
import type { Tally } from "./tally.ts";
import type { Thread } from "./thread.ts";

/** What a session's row in the database said when the page was made, up to `seq`. */
export interface ReportedFigures {
  readonly seq: number;
  readonly tally: Tally;
  /** ms; 0: not started. */
  readonly startTs: number;
  /** Sub-agents there were by then, whose spawning may not have been read. */
  readonly hasAgents: boolean;
}

export interface Used {
  readonly tally: Tally;
  /** False: it may be more, for not all that counts has been read. */
  readonly isWhole: boolean;
}

/** What a session used by itself. A log read from its start on needs nobody's word. */
export function usedBy({ start, reported, tally, since }: Thread): Used {
  if (start === 0) return { tally, isWhole: true };
  if (!reported || start > reported.seq) return { tally, isWhole: false };
  return { tally: sum(reported.tally, since), isWhole: !reported.hasAgents };
}
