import { plural } from "../../format.ts";
import { h } from "../h.ts";
import type { DiffLine } from "../../worker/diff.ts";

const LINES_MAX = 600;
const SIGN = { same: " ", out: "-", in: "+", gap: "⋯" } as const;

/** The lines of a diff. */
export function diffView(lines: DiffLine[]): HTMLElement {
  const shown = lines.slice(0, LINES_MAX).map(lineView);
  // A file that is all new needs no colour to say so.
  const isWhole = lines.every((line) => line.kind === "in");
  const name = isWhole ? "well diff diff-whole" : "well diff";
  const box = h("div", { class: name, tabindex: "0" }, ...shown);
  const left = lines.length - shown.length;
  if (left > 0) box.append(h("div", { class: "diff-rest" }, `${plural(left, "more line")}`));
  return box;
}

/** How many lines came and went, like "+3 −1". */
export function diffFigures(lines: DiffLine[]): string {
  const ins = lines.filter((line) => line.kind === "in").length;
  const outs = lines.filter((line) => line.kind === "out").length;
  return outs > 0 ? `+${ins} −${outs}` : `+${ins}`;
}

function lineView({ kind, text, marks }: DiffLine): HTMLElement {
  const sign = h("span", { class: "diff-sign" }, SIGN[kind]);
  const line = h("div", { class: `diff-line diff-${kind}` }, sign);
  let shown = 0;
  for (const { from, to } of marks) {
    line.append(text.slice(shown, from), h("mark", {}, text.slice(from, to)));
    shown = to;
  }
  line.append(text.slice(shown));
  return line;
}
