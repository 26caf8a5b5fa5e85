import type { Keys } from "../browser/keys.ts";
import type { PageScope } from "../browser/page_scope.ts";
import type { Roster } from "../link/roster.ts";
import type { Highlighter } from "../paint/highlighter.ts";

/** What a page gets from the frame around it. */
export interface Shell {
  /** The page's own shortcuts. */
  readonly keys: Keys;
  readonly scope: PageScope;
  /** Null for visitors with a share link: they see one session and no list. */
  readonly roster: Roster | null;
  /** Marks code and words, in all pages of the tab. */
  readonly highlighter: Highlighter;
  /** True if the reader comes back to the page, so what was in sight before is wanted. */
  readonly isBack: boolean;
}

/** A page of the frame: it lives until its scope is released. */
export interface FramedPage {
  start(): void;
  /**
   * The page leaves the window: keep its state, and paint no more. Returns false if the
   * page is of no use any more, and has to be loaded again.
   */
  park(): boolean;
  /** The page is back in the window. */
  show(): void;
  complain(words: string): void;
  /** The seq up to which the page has read its session's log; 0 if it is about none. */
  readonly cursor: number;
}
