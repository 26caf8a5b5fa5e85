import type { PageScope } from "../../browser/page_scope.ts";
import type { Thread } from "../../model/thread.ts";

const AWAY_MS = 60_000; // who is away for less has not been away
const KEPT_MAX = 200; // sessions whose last look is remembered
const NAME = "ringside last looks";

interface Look {
  readonly session: string;
  readonly seq: number;
  /** ms since 1970 */
  readonly at: number;
}

/** Remembers, in this browser, up to where a session was seen, over visits and while its tab is hidden. */
export class LastLook {
  private readonly thread: Thread;
  private readonly cursor: () => number;

  constructor(thread: Thread, cursor: () => number, scope: PageScope) {
    this.thread = thread;
    this.cursor = cursor;
    this.recall();
    scope.onWindow("pagehide", () => {
      if (scope.isInFront) this.note();
    });
    scope.onDocument("visibilitychange", () => {
      if (document.hidden) this.note();
      else this.recall();
    });
  }

  /** The reader leaves: what is there now has been seen. */
  note(): void {
    const seq = this.cursor();
    if (seq === 0) return;
    const others = looks().filter(({ session }) => session !== this.thread.id);
    const look: Look = { session: this.thread.id, seq, at: Date.now() };
    localStorage.setItem(NAME, JSON.stringify([look, ...others].slice(0, KEPT_MAX)));
  }

  /** The reader comes: what came meanwhile is new, if they were away at all. */
  recall(): void {
    const look = looks().find(({ session }) => session === this.thread.id);
    if (!look || Date.now() - look.at < AWAY_MS || look.seq === this.thread.seen) return;
    this.thread.seen = look.seq;
    this.thread.reshaped = true;
  }
}

function looks(): Look[] {
  return JSON.parse(localStorage.getItem(NAME) ?? "[]") as Look[];
}
