import { clock } from "./format.ts";
import { h } from "./h.ts";
import type { Piece, PieceView } from "./view_context.ts";

const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "full" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const SKEW_MS = 600_000;
const TS_MAX = 8.64e15; // ms; no later time has a date

/** The time of day, with the date in its title and for programs. */
export function timeView(ts: number): HTMLTimeElement {
  if (Math.abs(ts) > TS_MAX) return h("time", {}, "–");
  const date = new Date(ts);
  return h("time", { datetime: date.toISOString(), title: FULL.format(date) }, clock(ts));
}

/**
 * Whether `ts` is on another day than `before`, by this browser's clock. Of hosts whose clocks
 * differ a little, an event soon after midnight may be followed by one from before it.
 */
export function isOtherDay(before: number, ts: number): boolean {
  if (!(Math.abs(ts) <= TS_MAX) || (ts < before && before - ts < SKEW_MS)) return false;
  return new Date(before).toDateString() !== new Date(ts).toDateString();
}

/** The line above the first row of another day. */
export class DayPiece implements Piece {
  readonly guessPx = 34;
  private readonly ts: number;

  constructor(ts: number) {
    this.ts = ts;
  }

  mount(): PieceView {
    const date = new Date(this.ts);
    const day = h("time", { datetime: date.toISOString().slice(0, 10) }, DAY.format(date));
    return { element: h("div", { class: "row day" }, day), update: () => undefined };
  }
}
