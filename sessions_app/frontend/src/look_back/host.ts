import type { Model } from "../model/model.ts";
import type { Place } from "../model/place.ts";
import type { ToolRow } from "../model/row.ts";
import type { FoldTarget } from "../replay/player.ts";
import type { Highlighter } from "../paint/highlighter.ts";

/**
 * What looking back needs of the page. It is a bundle of its own: so values come this way, and
 * so does what would be large in both.
 */
export interface LookBackHost {
  readonly model: Model;
  readonly session: string;
  /** The page, but for its head. */
  readonly main: HTMLElement;
  /** What lies over the timeline, or beside it, is put there. */
  readonly stage: HTMLElement;
  /** Marks words; its worker makes diffs. */
  readonly highlighter: Highlighter;
  /** Read all that came before; resolves when it is there. */
  readAll(): Promise<void>;
  /** Read on in the session and all below it; returns whether all of it is there. */
  readFamily(): boolean;
  /** The row that is read: at about the upper edge. */
  reading(): Place | null;
  show(place: Place): void;
  /** What a call is about, in one line, as its card says it. */
  titleOf(row: ToolRow): string;
  /** Show what is replayed, instead of what is live. */
  beginReplay(): ReplayScreen;
  endReplay(): void;
  /** Give the focus back to the timeline. */
  leave(): void;
  repaint(): void;
}

/** What a replay is shown on. */
export interface ReplayScreen extends FoldTarget {
  setTime(ts: number): void;
  /** With the next painting the end is in sight. */
  toEnd(): void;
  /** Bring the row of an event to sight, opened up. */
  reveal(session: string, seq: number): void;
}
