const BUDGET_MS = 8; // of a frame's 16, so that input and layout have the rest
const HIDDEN_MS = 500;

/** Does part of the work; returns true when more is left. */
export type Flush = (hasTime: () => boolean) => boolean;

/** Calls the flush at most once a frame; in a hidden tab a timer takes over. */
export class Loop {
  private readonly flush: Flush;
  private pending = false;

  constructor(flush: Flush) {
    this.flush = flush;
    // A frame asked for just before the tab was hidden would not come.
    document.addEventListener("visibilitychange", () => this.schedule());
  }

  request(): void {
    if (this.pending) return;
    this.pending = true;
    this.schedule();
  }

  private schedule(): void {
    if (!this.pending) return;
    if (document.hidden) setTimeout(() => this.run(), HIDDEN_MS);
    else requestAnimationFrame(() => this.run());
  }

  private run(): void {
    if (!this.pending) return;
    this.pending = false;
    const end = performance.now() + BUDGET_MS;
    if (this.flush(() => performance.now() < end)) this.request();
  }
}
