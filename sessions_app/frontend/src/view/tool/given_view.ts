import type { DiffLine } from "../../worker/diff.ts";
import { diffLines } from "../../worker/diff.ts";
import { plural } from "../../format.ts";
import { h } from "../h.ts";
import { unified } from "./diff_lines.ts";
import type { Given } from "./face.ts";
import type { Line } from "./line.ts";
import { Sheet } from "./sheet.ts";
import type { SheetStyle } from "./sheet.ts";

const LINES_MAX = 600; // more is to be read in the session

/** What a call was given, in one element: for a place without a windowed list. */
export function givenView(given: Given): HTMLElement {
  if (given.kind === "lines") return sheetView(given.style, given.lines);
  return diffView(diffLines(given.before, given.after), given.before === "");
}

export function diffView(lines: readonly DiffLine[], isNew = false): HTMLElement {
  return sheetView({ className: isNew ? "diff diff-new" : "diff", form: "rows" }, unified(lines));
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
