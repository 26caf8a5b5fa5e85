import type { Place } from "../model/navigation/place.ts";
import type { ToolRow } from "../model/row.ts";
import type { FoldTarget } from "../replay/player.ts";
import type { ReviewHost } from "../review/host.ts";

/**
 * Host interface for the lazily loaded look-back bundle. Passing these in keeps code that
 * both bundles need out of the second one.
 */
export interface LookBackHost extends ReviewHost {
  /** The main element of the page. */
  readonly main: HTMLElement;
  /** The parent of panels that lie over or beside the timeline. */
  readonly stage: HTMLElement;
  /** Read all older history; resolves when it is loaded. */
  readAll(): Promise<void>;
  /** Read more of the session's tree; returns true when all of it is loaded. */
  readFamily(): boolean;
  /** The row at the upper edge. */
  reading(): Place | null;
  show(place: Place): void;
  /** What a call is about, in one line, as its card says it. */
  titleOf(row: ToolRow): string;
  /** Switch to the replay timeline. */
  beginReplay(): ReplayScreen;
  endReplay(): void;
  /** Give the focus back to the timeline. */
  leave(): void;
  repaint(): void;
}

/** The screen of a replay. */
export interface ReplayScreen extends FoldTarget {
  setTime(ts: number): void;
  /** Scroll to the end with the next paint. */
  toEnd(): void;
  /** Bring the row of an event to sight, opened up. */
  reveal(session: string, seq: number): void;
}
