import { plural } from "../../format.ts";
import type { Desk } from "../../worker/desk.ts";
import { plainDiff } from "../../worker/diff.ts";
import { h } from "../h.ts";
import { unified } from "./diff_lines.ts";
import type { Given } from "./face.ts";
import type { Line } from "./line.ts";
import { Sheet } from "./sheet.ts";
import type { SheetStyle } from "./sheet.ts";

const LINES_MAX = 600; // more is to be read in the session

/** What a call was given, in one element, and when that is drawn. */
export interface GivenView {
  readonly element: HTMLElement;
  readonly drawn: Promise<void>;
}

/** For a place without a windowed list. */
export function givenView(given: Given, desk: Desk): GivenView {
  if (given.kind === "lines") {
    return { element: sheetView(given.style, given.lines), drawn: Promise.resolve() };
  }
  const view = new DiffView("given-diff", desk);
  return { element: view.element, drawn: view.show(given.before, given.after) };
}

/** A diff that the worker makes: there is nothing until it is there. */
export class DiffView {
  readonly element: HTMLElement;
  private readonly desk: Desk;
  private asked = 0;

  constructor(className: string, desk: Desk) {
    this.element = h("div", { class: className });
    this.desk = desk;
  }

  async show(before: string, after: string): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    const found = await this.desk.ask({ kind: "diff", before, after });
    if (mine !== this.asked) return; // there is something newer
    const lines = found ?? plainDiff(before, after);
    const className = before === "" ? "diff diff-new" : "diff";
    const sheet = sheetView({ className, form: "rows" }, unified(lines));
    this.element.replaceChildren(...(lines.length > 0 ? [sheet] : []));
  }
}

function sheetView(style: SheetStyle, lines: readonly Line[]): HTMLElement {
  const box = h("div", { class: "given", tabindex: "0", role: "group", "aria-label": "Input" });
  for (const piece of new Sheet(style, null).pieces(lines.slice(0, LINES_MAX))) {
    const view = piece.mount();
    view.update();
    box.append(view.element);
  }
  const left = lines.length - LINES_MAX;
  if (left > 0) box.append(h("div", { class: "tool-part tool-note" }, plural(left, "more line")));
  return box;
}
