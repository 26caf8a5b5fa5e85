import { plural } from "../../format.ts";
import { h } from "../h.ts";
import type { DiffLine } from "./diff.ts";

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

function lineView({ kind, parts }: DiffLine): HTMLElement {
  const shown = parts.map(({ text, marked }) => (marked ? h("mark", {}, text) : text));
  const sign = h("span", { class: "diff-sign" }, SIGN[kind]);
  return h("div", { class: `diff-line diff-${kind}` }, sign, ...shown);
}
