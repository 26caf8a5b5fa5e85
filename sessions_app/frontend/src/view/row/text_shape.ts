import type { ProseRow } from "../../model/row.ts";
import type { Highlighter } from "../../paint/highlighter.ts";
import { h } from "../h.ts";
import { Prose, common } from "../prose.ts";
import { ContentPart } from "../tool/content_part.ts";
import type { Piece, PieceView, Plan, RowShape } from "../view_context.ts";
import { citationList } from "./citations.ts";

/** The agent's text, block by block, and the images after it. */
export class TextShape implements RowShape {
  private readonly row: ProseRow;
  private readonly prose: Prose;
  private readonly notes: Notes;
  private readonly content: ContentPart;
  private planned: Piece[] = []; // blocks that the last plan contained

  constructor(row: ProseRow, session: string, highlighter: Highlighter) {
    this.row = row;
    this.content = new ContentPart(session, highlighter, "message-part");
    this.prose = new Prose(row, "row text prose", highlighter);
    this.notes = new Notes(row);
  }

  plan(hasTime: () => boolean): Plan {
    const { row, prose } = this;
    const isMore = prose.update(hasTime);
    const kept = common(this.planned, prose.blocks);
    const pieces: Piece[] = prose.blocks.slice(kept);
    this.planned = [...prose.blocks];
    if (row.done) pieces.push(...this.content.pieces(row.content, row.text));
    if (row.done && this.notes.isNeeded) pieces.push(this.notes);
    return { kept, pieces, inner: null, isMore };
  }
}

/** The note below a text, such as that it was cut off. */
class Notes implements Piece, PieceView {
  readonly guessPx = 24;
  readonly element = h("div", { class: "row-notes" });
  private readonly row: ProseRow;

  constructor(row: ProseRow) {
    this.row = row;
  }

  get isNeeded(): boolean {
    return this.row.partial || this.row.citations.length > 0;
  }

  mount(): PieceView {
    return this;
  }

  update(): void {
    const { partial, citations } = this.row;
    this.element.replaceChildren();
    if (partial) this.element.append(h("p", { class: "cut" }, "cut off here"));
    if (citations.length > 0) this.element.append(citationList(citations));
  }
}
