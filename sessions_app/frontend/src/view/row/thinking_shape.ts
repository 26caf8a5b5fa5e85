import { duration } from "../format.ts";
import type { ProseRow } from "../../model/row.ts";
import { h, setText } from "../h.ts";
import { Prose, common } from "../prose.ts";
import type { Piece, PieceView, Plan, RowShape, ViewContext } from "../view_context.ts";

const PART = "thinking";

/** The agent's thinking: open while it streams, folded afterwards. */
export class ThinkingShape implements RowShape, Piece {
  readonly guessPx = 30;
  private readonly row: ProseRow;
  private readonly session: string;
  private readonly context: ViewContext;
  private readonly prose: Prose;
  private planned: Piece[] = []; // pieces that the last plan contained, including the head

  constructor(row: ProseRow, session: string, context: ViewContext) {
    this.row = row;
    this.session = session;
    this.context = context;
    this.prose = new Prose(row, "row thought prose", context.highlighter);
  }

  get isOpen(): boolean {
    const { row } = this;
    const theirs = this.context.ui(this.session, row).toggles.get(PART);
    return row.text !== "" && (theirs ?? !row.done);
  }

  toggle(): void {
    this.context.toggle(this.session, this.row, PART, !this.isOpen);
  }

  plan(hasTime: () => boolean): Plan {
    const isMore = this.isOpen && this.prose.update(hasTime);
    const all: Piece[] = this.isOpen ? [this, ...this.prose.blocks] : [this];
    const kept = common(this.planned, all);
    this.planned = all;
    return { kept, pieces: all.slice(kept), inner: null, isMore };
  }

  mount(): PieceView {
    return new ThinkingHead(this.row, this);
  }
}

class ThinkingHead implements PieceView {
  readonly element: HTMLElement;
  private readonly row: ProseRow;
  private readonly shape: ThinkingShape;
  private readonly button = h("button", { type: "button", class: "disclosure" });

  constructor(row: ProseRow, shape: ThinkingShape) {
    this.row = row;
    this.shape = shape;
    this.button.addEventListener("click", () => shape.toggle());
    this.element = h("article", { class: "row thinking" }, this.button);
  }

  update(): void {
    this.element.classList.toggle("streaming", !this.row.done);
    this.button.setAttribute("aria-expanded", `${this.shape.isOpen}`);
    setText(this.button, words(this.row));
  }
}

function words(row: ProseRow): string {
  if (!row.done) return "Thinking";
  if (row.text === "") return "Thought, not shown";
  const took = row.endTs > row.ts ? ` for ${duration(row.endTs - row.ts)}` : "";
  return row.partial ? `Thought${took}, cut off` : `Thought${took}`;
}
