import { plural } from "../format.ts";
import type { MessageRow } from "../../model/row.ts";
import { h, set, setText } from "../h.ts";
import { timeView } from "../time_view.ts";
import { EDIT } from "../view_context.ts";
import type { PieceView, ViewContext } from "../view_context.ts";

const PART = "message";
// characters; of a longer message only the beginning is shown until it is unfolded
const LINES_MAX = 40;
const CHARS_MAX = 6_000;
const LINES_SHOWN = 20;
const CHARS_SHOWN = 3_000;

/** A person's message; in a sub-agent's session, its task. */
export class MessageView implements PieceView {
  readonly element: HTMLElement;
  private readonly row: MessageRow;
  private readonly session: string;
  private readonly context: ViewContext;
  private readonly text = h("div", { class: "message-text", dir: "auto" });
  private readonly fold = h("button", { type: "button", class: "plain" });

  constructor(row: MessageRow, session: string, context: ViewContext) {
    this.row = row;
    this.session = session;
    this.context = context;
    const isTask = context.model.isChild(session);
    const who = isTask ? "task" : row.by || "prompt";
    const head = h("div", { class: "message-head" }, who);
    head.append(timeView(row.ts));
    if (context.canControl && !isTask) head.append(this.editButton());
    this.element = h("article", { class: "row message" }, head, this.text, this.fold);
    this.fold.addEventListener("click", () => context.toggle(session, row, PART, !this.isOpen));
  }

  update(): void {
    const { text } = this.row;
    const short = beginningOf(text);
    const isLong = short.length < text.length;
    setText(this.text, isLong && !this.isOpen ? `${short}…` : text);
    set(this.fold, "hidden", !isLong);
    if (!isLong) return;
    const lines = plural(text.split("\n").length, "line");
    setText(this.fold, this.isOpen ? "Show less" : `Show all of it: ${lines}`);
    this.fold.setAttribute("aria-expanded", `${this.isOpen}`);
  }

  /** Puts the text into the box of the page, to be sent again: no engine takes back what its agent has read. */
  private editButton(): HTMLElement {
    const button = h("button", { type: "button", class: "plain message-edit" }, "Edit and resend");
    button.addEventListener("click", () => {
      this.element.dispatchEvent(new CustomEvent(EDIT, { bubbles: true, detail: this.row.text }));
    });
    return button;
  }

  private get isOpen(): boolean {
    return this.context.ui(this.session, this.row).toggles.get(PART) === true;
  }
}

/** The beginning of a long text, or all of a short one. */
function beginningOf(text: string): string {
  const lines = text.split("\n", LINES_MAX + 1);
  if (lines.length <= LINES_MAX && text.length <= CHARS_MAX) return text;
  return lines.slice(0, LINES_SHOWN).join("\n").slice(0, CHARS_SHOWN);
}
