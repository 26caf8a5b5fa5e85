import type { Match } from "./fuzzy.ts";

/** One thing that the palette can do or lead to. */
export interface Entry {
  readonly group: "Here" | "Go to" | "Sessions";
  readonly words: string;
  /** What is shown beside it: keys, or the state of a session. */
  readonly note: string;
  /** Where it leads; "": it acts. */
  readonly href: string;
  readonly act: () => void;
}

/** An entry that fits what was typed. */
export interface Hit {
  readonly entry: Entry;
  readonly match: Match;
}
