import type { Keys } from "../browser/keys.ts";
import type { PageScope } from "../browser/page_scope.ts";
import type { SeenSessions } from "../browser/seen_sessions.ts";
import type { SocketAhead } from "../link/socket_ahead.ts";
import type { Roster } from "../link/roster.ts";
import type { Highlighter } from "../paint/highlighter.ts";
import type { TabTitle } from "../view/notification/tab_title.ts";

/** What a page gets from the frame around it. */
export interface Shell {
  /** The page's own shortcuts. */
  readonly keys: Keys;
  readonly scope: PageScope;
  /** Null for visitors with a share link: they see one session and no list. */
  readonly roster: Roster | null;
  /** Marks code and words, in all pages of the tab. */
  readonly highlighter: Highlighter;
  /** What the person has seen of each session. */
  readonly seen: SeenSessions;
  /** The page's part of the bar. */
  readonly bar: HTMLElement;
  /** The tab's, which is that of the page in front. */
  readonly tabTitle: TabTitle;
  /** False for a page beside the one that the address names. */
  readonly isNamed: boolean;
  /** Opened for the page while it was being read; null: it opens its own. */
  readonly socket: SocketAhead | null;
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
}
