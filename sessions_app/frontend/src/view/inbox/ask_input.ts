import { plural } from "../format.ts";
import { withDetails } from "../../model/tool_details.ts";
import type { ApprovalRequestEvent } from "../../protocol.ts";
import type { WorkerClient } from "../../worker/client.ts";
import { plainDiff } from "../../worker/diff.ts";
import { h } from "../h.ts";
import type { Unseen } from "../approval/approval_bar.ts";
import { unified } from "../code/diff_lines.ts";
import { givenIn } from "../tool/input_part.ts";
import { presentationOf, otherFields } from "../presentation/presentation.ts";
import type { Given } from "../presentation/presentation.ts";
import type { Line } from "../code/line.ts";
import { condensed, headAndTail } from "../presentation/review_lines.ts";
import { CodeBlock } from "../code/code_block.ts";
import type { CodeBlockStyle } from "../code/code_block.ts";

const HEAD_LINES = 10;
const TAIL_LINES = 6;
// Lines shown here; the session's page, whose list is windowed, shows the rest.
const LINES_MAX = 2_000;
const FIELDS: CodeBlockStyle = { className: "fields", form: "rows" };
const NOTHING: Line = { text: "⟨nothing changes: the new text is the old one⟩", kind: "note" };

/** Lines of one style. */
interface Section {
  readonly style: CodeBlockStyle;
  readonly lines: readonly Line[];
}

/** The input of an inbox question: its head and tail, and all of it on request. */
export class AskInput {
  readonly element = h("div", { class: "ask-input" });
  /** Resolves when the input is drawn. */
  readonly drawn: Promise<void>;
  /** The part that is not shown; `show` opens it, here or on the session's page. */
  unseen: Unseen | null = null;
  private sections: readonly Section[] = [];
  private isOpen = false;
  private readonly request: ApprovalRequestEvent;
  private readonly worker: WorkerClient;
  private readonly opened: () => void;
  private readonly readInSession: () => void;

  /** `opened` is called when more of the input is shown. */
  constructor(
    request: ApprovalRequestEvent,
    worker: WorkerClient,
    opened: () => void,
    readInSession: () => void,
  ) {
    this.request = request;
    this.worker = worker;
    this.opened = opened;
    this.readInSession = readInSession;
    this.drawn = this.draw();
  }

  private async draw(): Promise<void> {
    const { tool, input } = this.request;
    const presentation = presentationOf({ tool, input, details: withDetails(null, this.request) });
    const fields = { style: FIELDS, lines: otherFields(presentation, input) };
    const given = givenIn(presentation.given?.(input));
    const shown = await Promise.all(given.map((one) => this.section(one, given.length > 1)));
    this.sections = [fields, ...shown.flat()];
    this.render();
  }

  private async section(given: Given, hasPath: boolean): Promise<Section[]> {
    if (given.kind === "lines") return [given];
    const { before, after } = given;
    const found = await this.worker.ask({ kind: "diff", before, after });
    const lines = unified(found ?? plainDiff(before, after));
    const className = before === "" ? "diff diff-new" : "diff";
    const heading: Line[] = hasPath ? [{ text: given.path, kind: "file", gutter: "" }] : [];
    return [{ style: { className, form: "rows" }, lines: [...heading, ...(lines.length > 0 ? lines : [NOTHING])] }];
  }

  private render(): void {
    this.unseen = this.request.wholeId
      ? { words: "This input is too large for the inbox", show: this.readInSession }
      : null;
    const boxes = this.sections.filter(({ lines }) => lines.length > 0).map((s) => this.box(s));
    this.element.replaceChildren(...boxes);
  }

  private box({ style, lines }: Section): HTMLElement {
    const box = h("div", { class: "given", tabindex: "0", role: "group", "aria-label": "Input" });
    const all = condensed(lines);
    const { head, hidden, tail } = headAndTail(all, HEAD_LINES, TAIL_LINES);
    if (hidden === 0 || (this.isOpen && all.length <= LINES_MAX)) {
      box.append(...mounted(style, all));
      return box;
    }
    const words = plural(hidden, "line");
    const show = all.length > LINES_MAX ? this.readInSession : () => this.open();
    this.unseen ??= { words: `${words} not shown`, show };
    const button = h("button", { type: "button", class: "plain" }, "Show");
    button.addEventListener("click", show);
    const note = h("div", { class: "tool-part tool-note" }, h("span", {}, `${words} between`), button);
    box.append(...mounted(style, head), note, ...mounted(style, tail));
    return box;
  }

  private open(): void {
    this.isOpen = true;
    this.render();
    this.opened();
  }
}

function mounted(style: CodeBlockStyle, lines: readonly Line[]): HTMLElement[] {
  return new CodeBlock(style, null).pieces(lines).map((piece) => {
    const view = piece.mount();
    view.update();
    return view.element;
  });
}
