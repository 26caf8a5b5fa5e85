const FRAME_MS = 16;
const BUDGET_MS = 8; // ms of a frame for painting; input and layout have the rest
const HIDDEN_MS = 500;

/** Does part of the work; returns true when more is left. */
export type Flush = (hasTime: () => boolean) => boolean;

/**
 * Schedules the flush: new events are flushed at once while the frame's budget lasts,
 * otherwise in the next animation frame; in a hidden tab a timer replaces frames.
 */
export class Loop {
  private readonly flush: Flush;
  private readonly signal: AbortSignal;
  private pending = false;
  private frameAt = 0; // ms, when the budget was last filled
  private spent = 0; // ms spent of the budget

  /** Nothing is flushed any more once the signal is aborted. */
  constructor(flush: Flush, signal: AbortSignal) {
    this.flush = flush;
    this.signal = signal;
    // A frame requested just before the tab was hidden would never come.
    document.addEventListener("visibilitychange", () => this.schedule(), { signal });
  }

  request(): void {
    if (this.pending) return;
    this.pending = true;
    this.schedule();
  }

  /** Flush what was requested without waiting for the frame, if it has time left. */
  hurry(): void {
    if (!this.pending || document.hidden) return;
    const now = performance.now();
    if (now - this.frameAt >= FRAME_MS) this.beginFrame(now);
    if (this.spent < BUDGET_MS) this.run(now);
  }

  private schedule(): void {
    if (!this.pending) return;
    if (document.hidden) setTimeout(() => this.due(), HIDDEN_MS);
    else requestAnimationFrame(() => this.due());
  }

  private due(): void {
    const now = performance.now();
    this.beginFrame(now);
    if (this.pending) this.run(now);
  }

  private beginFrame(now: number): void {
    this.frameAt = now;
    this.spent = 0;
  }

  private run(start: number): void {
    this.pending = false;
    if (this.signal.aborted) return;
    const end = start + BUDGET_MS - this.spent;
    const isMore = this.flush(() => performance.now() < end);
    this.spent += performance.now() - start;
    if (isMore) this.request();
  }
}
