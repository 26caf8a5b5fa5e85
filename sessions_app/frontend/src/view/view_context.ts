import type { Drafts } from "../browser/drafts.ts";
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

/** The pieces of a row, as a change from the plan before. */
export interface Plan {
  /** How many of the first pieces stay; `pieces` follow them. */
  readonly kept: number;
  readonly pieces: readonly Piece[];
  /** The sub-agent whose rows follow the pieces, if it is unfolded. */
  readonly inner: string | null;
  /** True if time ran out before all was planned. */
  readonly isMore?: boolean;
}

/** Plans the pieces of a row, after each change of the row or of its `RowUi`. */
export interface RowShape {
  /** Must cost no more than what is new; a row may have no pieces. */
  plan(hasTime: () => boolean): Plan;
}

/** A reader's choices in a row; they outlive its views. */
export interface RowUi {
  /** Parts that a person has opened or closed; these override the defaults. */
  readonly toggles: Map<string, boolean>;
  /** px, of parts with a scroll bar of their own. */
  readonly scrolls: Map<string, number>;
  /** What was typed and not yet sent. */
  readonly drafts: Drafts;
  /** Why the last answer given here was refused; it stays when others have answered. */
  refusal: string;
}

/** The DOM event by which a message's text is given back to the box; its detail is the text. */
export const EDIT = "ringside-edit";

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
