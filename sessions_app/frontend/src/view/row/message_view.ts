import { clock } from "../../format.ts";
import type { MessageRow } from "../../model/row.ts";
import { h, setText } from "../h.ts";
import type { PieceView } from "../view_context.ts";

/** What a person said; to a sub-agent, its task. */
export class MessageView implements PieceView {
  readonly element: HTMLElement;
  private readonly row: MessageRow;
  private readonly text = h("div", { class: "message-text", dir: "auto" });

  constructor(row: MessageRow, isTask: boolean) {
    this.row = row;
    const who = isTask ? "task" : row.by || "prompt";
    const head = h("div", { class: "message-head" }, who);
    head.append(h("time", {}, clock(row.ts)));
    this.element = h("article", { class: "row message" }, head, this.text);
  }

  update(): void {
    setText(this.text, this.row.text);
  }
}
