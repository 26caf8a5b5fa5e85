import type { PageScope } from "../browser/page_scope.ts";
import { rowAt } from "../model/navigation/row_at.ts";
import type { Thread } from "../model/thread.ts";
import type { Follow } from "../view/timeline/follow.ts";
import type { Timeline } from "../view/timeline/timeline.ts";
import { unfold } from "../view/timeline/unfold.ts";
import { keepPlace, keptPlace } from "./kept_place.ts";
import type { KeptPlace } from "./kept_place.ts";
import type { PageContext } from "./page_context.ts";
import { Permalink } from "./permalink.ts";
import type { Progress } from "./permalink.ts";

interface SoughtPage {
  readonly session: string;
  readonly thread: Thread;
  readonly stage: PageContext;
  readonly timeline: Timeline;
  readonly follow: Follow;
  /** The address's hash, if the address is that of the page. */
  hash(): string;
  /** How far the page has read its session's log. */
  progress(): Progress;
  isReplaying(): boolean;
  readOlder(): void;
  complain(words: string): void;
  /** The address names another event now. */
  aimed(): void;
}

/** The place that a page opens at: the event of its address, or what was in sight before. */
export class WantedPlace {
  private readonly page: SoughtPage;
  private readonly permalink = new Permalink();
  private kept: KeptPlace | null = null;
  private hash: string; // as it was when the page last looked

  constructor(page: SoughtPage, scope: PageScope) {
    this.page = page;
    this.hash = page.hash();
    this.permalink.aim(this.hash);
    scope.onWindow("hashchange", () => {
      if (scope.isInFront) this.aim();
    });
    scope.onWindow("pagehide", () => {
      if (scope.isInFront) this.leave();
    });
  }

  /** Seek the event that the address names, if it names one that it did not name before. */
  aim(): void {
    const hash = this.page.hash();
    if (hash === this.hash) return;
    this.hash = hash;
    if (this.permalink.aim(this.hash)) this.page.aimed();
  }

  /** Back on the page, in the same tab: seek what was in sight. */
  comeBack(): void {
    this.kept = keptPlace(this.page.session);
    if (this.kept) this.permalink.aim(`#e${this.kept.seq}`);
  }

  /** Note what is in sight, for coming back. */
  leave(): void {
    const { session, follow, timeline } = this.page;
    // Left before it was back at its place: that place stays the one to come back to.
    if (this.page.isReplaying() || this.kept || timeline.isAiming) return;
    // Where the end is followed nothing is measured: as a document is left, that takes a layout.
    const isAtEnd = timeline.isFollowed || follow.isNearEnd;
    const reading = isAtEnd ? null : timeline.reading;
    const seq = reading?.row.seqs[0];
    keepPlace(session, reading && seq ? { seq, y: reading.y } : null);
  }

  /** Take one step towards the place; call it with each paint. */
  seek(): void {
    const { page, permalink } = this;
    const { seq } = permalink;
    const step = permalink.next(page.progress());
    if (step === "read older") page.readOlder();
    if (step === "missing" && !this.kept) page.complain(`There is no event ${seq} in this session.`);
    if (typeof step !== "object") return;
    const { kept } = this;
    this.kept = null;
    const row = rowAt(page.thread, step.show);
    if (!row) return;
    if (kept) page.timeline.restore([{ session: page.session, row }], kept.y);
    else page.timeline.reveal(unfold(page.stage, page.session, row));
  }
}
