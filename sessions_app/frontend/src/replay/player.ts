import type { AnyEvent } from "../protocol.ts";
import type { Growth } from "./growth.ts";
import type { ReplayTrack } from "./track.ts";

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;
const LEAP_MS = 1_000; // ms; after a longer pause of the page, the replay skips no time

/** The model that a track is played into. */
export interface FoldTarget {
  fold(session: string, event: AnyEvent): void;
  /** Remove everything folded so far. */
  clear(): void;
}

/** A growing block, and how much of it was folded in. */
interface Growing {
  readonly session: string;
  readonly growth: Growth;
  offset: number;
}

/**
 * Plays a track: the model is always the fold of the steps before the current position,
 * and of those parts of growing blocks that had appeared by then.
 */
export class Player {
  readonly track: ReplayTrack;
  isPlaying = false;
  speed = 1;
  private readonly screen: FoldTarget;
  private folded = 0; // steps
  private readonly growing = new Map<AnyEvent, Growing>(); // keyed by their finals
  private place = 0; // ms

  constructor(track: ReplayTrack, screen: FoldTarget) {
    this.track = track;
    this.screen = screen;
    screen.clear();
  }

  /** The number of steps folded. */
  get count(): number {
    return this.folded;
  }

  get ms(): number {
    return this.place;
  }

  /** The timestamp of the current position. */
  get ts(): number {
    return this.track.tsAt(this.place, this.count);
  }

  get isAtEnd(): boolean {
    return this.count === this.track.steps.length;
  }

  get idleMs(): number {
    return this.track.steps[this.count]?.idleMs ?? 0;
  }

  /** Play; at the end, start again from the beginning. */
  play(): void {
    if (this.isAtEnd) this.seek(0);
    this.isPlaying = true;
  }

  /** Advance the replay by the real time that has passed. */
  advance(wallMs: number): void {
    if (!this.isPlaying) return;
    this.seek(this.place + Math.min(LEAP_MS, wallMs) * this.speed);
    if (this.isAtEnd) this.isPlaying = false;
  }

  seek(ms: number): void {
    const place = Math.min(this.track.lengthMs, Math.max(0, ms));
    this.moveTo(this.track.countAt(place), place);
  }

  step(by: 1 | -1): void {
    this.isPlaying = false;
    this.goTo(this.track.step(this.count, by));
  }

  /** Move to just after an event; returns false if no log contains it. */
  show(session: string, seq: number): boolean {
    const count = this.track.countOf(session, seq);
    if (count > 0) this.goTo(count);
    return count > 0;
  }

  private goTo(count: number): void {
    this.moveTo(count, this.track.steps[count - 1]?.ms ?? 0);
  }

  private moveTo(count: number, place: number): void {
    if (count < this.folded) {
      this.screen.clear();
      this.growing.clear();
      this.folded = 0;
    }
    for (; this.folded < count; this.folded += 1) this.foldNext();
    this.place = place;
    this.grow();
  }

  private foldNext(): void {
    const step = this.track.steps[this.folded];
    if (!step) return;
    const { session, event, growth } = step;
    this.screen.fold(session, event);
    this.growing.delete(event);
    if (growth) this.growing.set(growth.final, { session, growth, offset: 0 });
  }

  private grow(): void {
    const { ts } = this;
    for (const each of this.growing.values()) {
      const to = each.growth.offsetAt(ts);
      if (to === each.offset) continue;
      this.screen.fold(each.session, each.growth.delta(each.offset, to, ts));
      each.offset = to;
    }
  }
}
