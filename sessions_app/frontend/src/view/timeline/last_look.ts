import type { PageScope } from "../../browser/page_scope.ts";
import type { SeenSessions } from "../../browser/seen_sessions.ts";
import type { Thread } from "../../model/thread.ts";

const AWAY_MS = 60_000; // who is away for less has not been away

/** Marks in a timeline what came while its reader was away, over visits and while the tab is hidden. */
export class LastLook {
  private readonly thread: Thread;
  private readonly cursor: () => number;
  private readonly seen: SeenSessions;

  constructor(thread: Thread, cursor: () => number, seen: SeenSessions, scope: PageScope) {
    this.thread = thread;
    this.cursor = cursor;
    this.seen = seen;
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
    if (seq > 0) this.seen.leave(this.thread.id, seq);
  }

  /** The reader comes: what came meanwhile is new, if they were away at all. */
  recall(): void {
    this.seen.read();
    const look = this.seen.last(this.thread.id);
    if (!look || Date.now() - look.atMs < AWAY_MS || look.seq === this.thread.seen) return;
    this.thread.seen = look.seq;
    this.thread.reshaped = true;
  }
}
