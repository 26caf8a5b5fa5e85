import type { AnyEvent } from "../protocol.ts";
import type { Reel } from "./reel.ts";

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;
const LEAP_MS = 1_000; // what a page was held up for longer is not made up for

/** What a reel is played into. */
export interface Screen {
  fold(session: string, event: AnyEvent): void;
  /** All that was folded is to be forgotten. */
  clear(): void;
}

/** Plays a reel: what has been folded is always the fold of the cues before its place. */
export class Player {
  readonly reel: Reel;
  isPlaying = false;
  speed = 1;
  private readonly screen: Screen;
  private folded = 0; // cues, or left out for their finals
  private place = 0; // ms

  constructor(reel: Reel, screen: Screen) {
    this.reel = reel;
    this.screen = screen;
    screen.clear();
  }

  /** So many cues have come. */
  get count(): number {
    return this.folded;
  }

  get ms(): number {
    return this.place;
  }

  /** What the clocks said then. */
  get ts(): number {
    return this.reel.tsAt(this.place, this.count);
  }

  get isAtEnd(): boolean {
    return this.count === this.reel.cues.length;
  }

  get idleMs(): number {
    return this.reel.idleMs(this.count);
  }

  /** From the end it begins anew. */
  play(): void {
    if (this.isAtEnd) this.seek(0);
    this.isPlaying = true;
  }

  /** So much time has passed before the screen. */
  advance(wallMs: number): void {
    if (!this.isPlaying) return;
    this.seek(this.place + Math.min(LEAP_MS, wallMs) * this.speed);
    if (this.isAtEnd) this.isPlaying = false;
  }

  seek(ms: number): void {
    const place = Math.min(this.reel.lengthMs, Math.max(0, ms));
    this.foldTo(this.reel.countAt(place));
    this.place = place;
  }

  step(by: 1 | -1): void {
    this.isPlaying = false;
    this.goTo(this.reel.step(this.count, by));
  }

  /** To where an event has just come; false: no log has it. */
  show(session: string, seq: number): boolean {
    const count = this.reel.countOf(session, seq);
    if (count > 0) this.goTo(count);
    return count > 0;
  }

  private goTo(count: number): void {
    this.foldTo(count);
    this.place = this.reel.cues[count - 1]?.ms ?? 0;
  }

  private foldTo(count: number): void {
    if (count < this.folded) {
      this.screen.clear();
      this.folded = 0;
    }
    for (; this.folded < count; this.folded += 1) {
      const cue = this.reel.cues[this.folded];
      // The pieces of what is said as a whole on the way need not be said.
      if (cue && (cue.final < 0 || cue.final >= count)) this.screen.fold(cue.session, cue.event);
    }
  }
}
