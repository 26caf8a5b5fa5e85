import { writeJson } from "../../json/lossless.ts";
import type { OpaqueRow, UnknownRow } from "../../model/row.ts";
import { h } from "../h.ts";
import type { Piece, PieceView, Plan, RowShape, ViewContext } from "../view_context.ts";
import { linesOf } from "../code/line.ts";
import { CodeBlock } from "../code/code_block.ts";

const PART = "raw";
const TITLE_CHARS = 80;

/** An event without a form of its own: a line that unfolds to its JSON. */
export class RawShape implements RowShape, Piece {
  readonly guessPx = 24;
  private readonly row: OpaqueRow | UnknownRow;
  private readonly session: string;
  private readonly context: ViewContext;
  private json: readonly Piece[] | null = null;

  constructor(row: OpaqueRow | UnknownRow, session: string, context: ViewContext) {
    this.row = row;
    this.session = session;
    this.context = context;
  }

  plan(): Plan {
    return { kept: 0, pieces: this.isOpen ? [this, ...this.lines()] : [this], inner: null };
  }

  mount(): PieceView {
    const title = h("span", { class: "mono" }, this.title());
    const button = h("button", { type: "button", class: "disclosure" }, title);
    button.addEventListener("click", () => {
      this.context.toggle(this.session, this.row, PART, !this.isOpen);
    });
    const element = h("div", { class: "row raw" }, button);
    return { element, update: () => button.setAttribute("aria-expanded", `${this.isOpen}`) };
  }

  private get isOpen(): boolean {
    return this.context.ui(this.session, this.row).toggles.get(PART) === true;
  }

  private lines(): readonly Piece[] {
    const { row } = this;
    const value = row.kind === "opaque" ? row.raw : row.event;
    const style = { className: "json", form: "text", language: "json" } as const;
    const sheet = new CodeBlock(style, this.context.highlighter);
    this.json ??= sheet.pieces(linesOf(writeJson(value, 2)));
    return this.json;
  }

  private title(): string {
    const { row } = this;
    const said = row.kind === "opaque" ? row.raw["type"] : row.event.type;
    return typeof said === "string" && said ? said.slice(0, TITLE_CHARS) : "opaque block";
  }
}
