import type { PageScope } from "../../browser/page_scope.ts";
import { set, setText } from "../h.ts";
import { isSelectedIn } from "./selection.ts";

const NEAR_PX = 80;
const HOLD_MS = 200; // an upward gesture in progress wins over following
const LINE_PX = 40;
// A field that is written in, and a refusal that is read, stay where they are.
const ENGAGING = "textarea, input:not([type=checkbox], [type=radio]), .problem";

/**
 * Keeps a scroller at its end while its reader is there.
 *
 * Near the end means following, but never during an upward gesture: otherwise each
 * new line would pull back a reader who is just leaving.
 */
export class Follow {
  private readonly scroller: HTMLElement;
  private readonly jump: HTMLButtonElement;
  private heldUntil = 0;
  private isGrabbed = false; // a pointer holds the scroll bar
  private isPressed = false; // a pointer is down on the content, perhaps to select it
  private pressedTop: number | null = null; // px, where it was at its end when it was pressed
  private engagedTop: number | null = null; // px, where it was at its end when a field was entered
  private isToStart = false; // true until the beginning of the session is on screen
  private touchY = 0;
  private top = 0; // px, the last scroll position
  private bottom = 0; // px, the lower edge of the viewport at that position
  private end = 0; // px, the same edge when the end was last reached
  private rows = 0;
  private seen = 0; // number of rows when the reader was last at the end

  constructor(scroller: HTMLElement, jump: HTMLButtonElement, scope: PageScope) {
    this.scroller = scroller;
    this.jump = jump;
    scroller.addEventListener("wheel", (e) => e.deltaY < 0 && this.hold(), { passive: true });
    scroller.addEventListener("touchstart", (e) => this.touched(e), { passive: true });
    scroller.addEventListener("touchmove", (e) => this.touched(e), { passive: true });
    // While the scroll bar is held, browsers send no pointer moves, and some no release.
    scroller.addEventListener("pointerdown", (e) => (this.isGrabbed = e.target === scroller));
    scroller.addEventListener("pointerdown", (e) => {
      this.isPressed = e.target !== scroller;
      this.pressedTop = this.isPressed && this.isNearEnd ? scroller.scrollTop : null;
      this.isToStart = false;
    });
    for (const type of ["pointerup", "pointercancel", "pointermove"] as const) {
      scope.onWindow(type, (e) => {
        if (!scope.isInFront) return;
        if (e.buttons !== 0 && type === "pointermove") return;
        this.isPressed = false;
        this.letGo();
        if (this.isGrabbed) this.release();
      });
    }
    for (const type of ["wheel", "touchmove"] as const) {
      scroller.addEventListener(type, () => (this.isToStart = false), { passive: true });
    }
    scroller.addEventListener("focusin", () => {
      this.engagedTop = this.isEngaged && this.isNearEnd ? scroller.scrollTop : null;
    });
    scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    scope.onDocument("keydown", (e) => this.key(e));
    jump.addEventListener("click", () => this.toEnd());
    let height = 0; // px; the first callback measures it, at no cost of a layout now
    const observer = new ResizeObserver(() => {
      if (!scroller.isConnected) return; // its page is parked
      // The composer grew or the window shrank: keep the end on screen.
      const shrunk = height - scroller.clientHeight;
      height = scroller.clientHeight;
      if (shrunk > 0 && this.gap - shrunk < NEAR_PX) this.toEnd();
    });
    observer.observe(scroller);
    scope.signal.addEventListener("abort", () => observer.disconnect());
  }

  /**
   * Whether what comes next is to be shown at the end, because the reader is there and
   * neither selects nor presses anything, nor writes there. `isBehind`: text written since the last layout
   * does not count, so the end is where it was then.
   */
  isFollowing(isBehind: boolean): boolean {
    if (this.isEngaged) return false;
    // A field may be hidden with the focus in it, which no event tells.
    const isBack = this.engagedTop !== null && this.engagedTop === this.top;
    this.engagedTop = null;
    const gap = isBack ? 0 : isBehind ? this.end - this.top : this.gap;
    const isHeld = this.isGrabbed || this.isPressed || performance.now() < this.heldUntil;
    return !isHeld && gap < NEAR_PX && !isSelectedIn(this.scroller);
  }

  private get isEngaged(): boolean {
    const active = document.activeElement;
    return active !== null && active.matches(ENGAGING) && this.scroller.contains(active);
  }

  /** The reader asked for the beginning of the session, which may not be loaded yet. */
  get seeksStart(): boolean {
    return this.isToStart;
  }

  /** The beginning is loaded and on screen. */
  foundStart(): void {
    this.isToStart = false;
  }

  /**
   * True if the reader scrolled up without a gesture, by the browser's find or by Tab. Both
   * edges have moved then; a resize moves only one.
   */
  get hasLeft(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const isTopUp = scrollTop < Math.min(this.top, scrollHeight - clientHeight) - NEAR_PX;
    const bottom = scrollTop + clientHeight;
    return isTopUp && bottom < Math.min(this.bottom, scrollHeight) - NEAR_PX;
  }

  /**
   * Update the number of new rows since the reader left the end. `atEnd` spares a layout
   * when the end is known to be in sight.
   */
  painted(rows: number, atEnd: boolean): void {
    this.rows = rows;
    this.offer(atEnd);
  }

  toEnd(): void {
    const { scroller } = this;
    scroller.scrollTop = scroller.scrollHeight;
    this.top = this.end = scroller.scrollTop;
    this.bottom = this.top + scroller.clientHeight;
    this.offer(true);
  }

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.top = scrollTop;
    this.bottom = scrollTop + clientHeight;
    this.end = Math.min(this.end, scrollHeight - clientHeight); // the list may have shrunk
    this.offer();
  }

  /** The reader is at the end of the list. */
  get isNearEnd(): boolean {
    return this.gap < NEAR_PX;
  }

  private get gap(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** Do not follow for a moment. */
  hold(): void {
    this.heldUntil = performance.now() + HOLD_MS;
  }

  private offer(atEnd = false): void {
    const isNear = atEnd || this.gap < NEAR_PX;
    if (isNear) this.seen = this.rows;
    set(this.jump, "hidden", isNear);
    const news = this.rows - this.seen;
    setText(this.jump, news > 0 ? `Jump to latest (${news} new)` : "Jump to latest");
  }

  private touched(event: TouchEvent): void {
    const y = event.touches[0]?.clientY ?? 0;
    if (event.type === "touchmove" && y > this.touchY) this.hold();
    this.touchY = y;
  }

  /** What came meanwhile is followed again, unless the reader scrolled or has selected some. */
  private letGo(): void {
    const { scroller, pressedTop } = this;
    this.pressedTop = null;
    if (pressedTop === scroller.scrollTop && !isSelectedIn(scroller)) this.toEnd();
  }

  private release(): void {
    this.isGrabbed = false;
    this.offer();
  }

  private key(event: KeyboardEvent): void {
    const { target } = event;
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (target !== document.body && target !== this.scroller) return;
    const to = this.destination(event);
    if (to === null) return;
    this.isToStart = event.key === "Home";
    // The browser's smooth scrolling moves less than 80 px a frame, so following
    // would win each time: scroll at once instead.
    event.preventDefault();
    if (to < this.scroller.scrollTop) this.hold();
    this.scroller.scrollTop = to;
  }

  private destination(event: KeyboardEvent): number | null {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const page = clientHeight * 0.9;
    switch (event.key) {
      case "PageUp":
        return scrollTop - page;
      case "PageDown":
        return scrollTop + page;
      case " ":
        return scrollTop + (event.shiftKey ? -page : page);
      case "ArrowUp":
        return scrollTop - LINE_PX;
      case "ArrowDown":
        return scrollTop + LINE_PX;
      case "Home":
        return 0;
      case "End":
        return scrollHeight;
      default:
        return null;
    }
  }
}
