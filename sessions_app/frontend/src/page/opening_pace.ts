import type { LinkState } from "../link/link.ts";

const OPENING_MS = 250; // ms between paints while a page opens

/**
 * While the page catches up with the log it paints every OPENING_MS only, since older text
 * would rush past. Most pages are live before the first of these paints.
 */
export class OpeningPace {
  private hasOpened = false; // whether the page was live before
  private paintAtMs = 0;
  private readonly repaint: () => void;

  constructor(repaint: () => void) {
    this.repaint = repaint;
  }

  mayPaint(state: LinkState, now: number): boolean {
    this.hasOpened ||= state === "live";
    if (this.hasOpened || state !== "catching-up") return true;
    if (now < this.paintAtMs) return false;
    const isFirst = this.paintAtMs === 0;
    this.paintAtMs = now + OPENING_MS;
    setTimeout(this.repaint, OPENING_MS);
    return !isFirst;
  }
}
