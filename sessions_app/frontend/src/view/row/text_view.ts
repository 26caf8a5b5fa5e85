import type { ProseRow } from "../../model/row.ts";
import { h } from "../h.ts";
import { Prose } from "../prose.ts";
import type { RowView } from "../scene.ts";
import { citationList } from "./citations.ts";

/** What the agent says. */
export class TextView implements RowView {
  readonly element = h("section", { class: "row text" });
  private readonly row: ProseRow;
  private readonly prose = new Prose(h("div"));
  private notes: HTMLElement | null = null;

  constructor(row: ProseRow) {
    this.row = row;
    this.element.append(this.prose.element);
  }

  update(): void {
    const { row } = this;
    this.prose.update(row);
    this.element.classList.toggle("streaming", !row.done);
    if (!row.done || this.notes) return;
    this.notes = h("div", { class: "row-notes" });
    if (row.partial) this.notes.append(h("p", { class: "cut" }, "cut off here"));
    if (row.citations.length > 0) this.notes.append(citationList(row.citations));
    if (this.notes.hasChildNodes()) this.element.append(this.notes);
  }
}
