import type { Drafts } from "../drafts.ts";
import type { Model } from "../model/model.ts";
import type { Row } from "../model/row.ts";
import type { Highlighter } from "../paint/highlighter.ts";
import type { AnyCommand } from "../protocol.ts";
import type { WorkerClient } from "../worker/client.ts";

// The timeline is one list with a window: of the rows of a session, and of those of
// its sub-agents in the midst of them, only what is in sight is in the DOM.
//
//   row ──shape──► pieces ──mount──► elements
//
// A shape has no DOM; it lives while its row is near. A piece is one item of the list:
// a whole row, or a bounded part of a long one (some 50 lines, a paragraph, a few
// items), never more than some 20 elements. Its view lives while it is in sight, so
// what a reader has chosen or typed belongs into the row's `RowUi`.

/** One item of the list, on the page. */
export interface PieceView {
  readonly element: HTMLElement;
  /** Bring the element up to date; called after each change of its row. */
  update(): void;
  /** It leaves the page for now; the next time there is another view. */
  drop?(): void;
}

/** One item of the list, on the page or not. The same object is the same item. */
export interface Piece {
  /** Its likely height in px, until it has been measured. */
  readonly guessPx: number;
  mount(): PieceView;
}

/** How a row is shown now, told by what has changed. */
export interface Plan {
  /** So many pieces stay as they are, from the first on; `pieces` follow them. */
  readonly kept: number;
  readonly pieces: readonly Piece[];
  /** The sub-agent whose rows follow the pieces, if it is unfolded. */
  readonly inner: string | null;
  /** The time was over before all was planned: ask again. */
  readonly isMore?: boolean;
}

/** What a row looks like: asked anew after each change of the row or of its `RowUi`. */
export interface RowShape {
  /** Cost what is new, not what there is; a row may be shown as no piece at all. */
  plan(hasTime: () => boolean): Plan;
}

/** What a reader has chosen in a row; outlives everything that is shown of it. */
export interface RowUi {
  /** Parts that a person has opened or closed: wins for good over what we suggest. */
  readonly toggles: Map<string, boolean>;
  /** px, of parts with a scroll bar of their own. */
  readonly scrolls: Map<string, number>;
  /** What was typed and not yet sent. */
  readonly drafts: Drafts;
  /** Why the last answer given here was refused; it stays when others have answered. */
  refusal: string;
}

/** What views need of the page around them. */
export interface ViewContext {
  readonly model: Model;
  readonly canControl: boolean;
  readonly simulated: boolean;
  /** ms, as `ts`: of a replay it is the time that is replayed. */
  now(): number;
  /** Colours texts: `highlighter.code(element, { language, before, text })` for code. */
  readonly highlighter: Highlighter;
  /** Asks the worker, for diffs. */
  readonly worker: WorkerClient;
  /** Send a command; resolves to what went wrong, or null. */
  send(session: string, command: AnyCommand): Promise<string | null>;
  /** Follow a sub-agent's session: what is shown of it is in sight. */
  watch(session: string): void;
  ui(session: string, row: Row): RowUi;
  /** A person has opened or closed a part: it stays so, and at its place. */
  toggle(session: string, row: Row, part: string, open: boolean): void;
  /** A row's `RowUi`, or something else it shows, has changed: plan and paint it again. */
  changed(session: string, row: Row): void;
}
