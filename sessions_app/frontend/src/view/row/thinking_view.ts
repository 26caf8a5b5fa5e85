import { duration } from "../../format.ts";
import type { ProseRow } from "../../model/row.ts";
import { Fold } from "../fold.ts";
import { h, setText } from "../h.ts";
import { Prose } from "../prose.ts";
import type { RowView } from "../scene.ts";

/** What the agent thinks: open while it does, folded when done. */
export class ThinkingView implements RowView {
  readonly element: HTMLElement;
  private readonly row: ProseRow;
  private readonly title = h("span", { class: "fold-title" });
  private readonly prose = new Prose(h("div"));
  private readonly fold: Fold;

  constructor(row: ProseRow) {
    this.row = row;
    this.fold = new Fold("row thinking", this.title, this.prose.element);
    this.element = this.fold.element;
  }

  update(): void {
    const { row } = this;
    this.element.classList.toggle("streaming", !row.done);
    setText(this.title, this.words());
    this.fold.suggest(!row.done && row.text !== "");
    this.prose.update(row);
  }

  private words(): string {
    const { row } = this;
    if (!row.done) return "Thinking";
    if (row.text === "") return "Thought, not shown";
    const took = row.endTs > row.ts ? ` for ${duration(row.endTs - row.ts)}` : "";
    return row.partial ? `Thought${took}, cut off` : `Thought${took}`;
  }
}
