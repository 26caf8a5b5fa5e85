import type { Highlighter } from "../paint/highlighter.ts";
import type { ChangedPath } from "../protocol.ts";
import { drawBlanks, spellOut, spellOutMarked } from "../text/spelled.ts";
import { count } from "../view/format.ts";
import { h } from "../view/h.ts";
import type { DiffLine } from "../worker/diff.ts";
import type { ReviewLine } from "./sections.ts";

const SIGNS = { same: " ", in: "+", out: "−", gap: "⋯" } as const;
const SHOWN_MAX = 1_000; // characters of one line; the rest is counted
const LETTERS: Readonly<Record<string, string>> = {
  added: "A",
  deleted: "D",
  modified: "M",
  renamed: "R",
  copied: "C",
  type: "T",
};
const MODES: Readonly<Record<string, string>> = {
  "100644": "file",
  "100755": "executable",
  "120000": "link",
  "160000": "submodule",
};

/** Fill in a line of a review. */
export function drawLine(line: ReviewLine, element: HTMLElement, highlighter: Highlighter): void {
  element.dataset["kind"] = line.kind;
  switch (line.kind) {
    case "file":
      return drawFile(line.section.file, line.remark, element);
    case "diff":
      return drawDiff(line.line, element, highlighter);
    case "unread":
      element.append("…");
  }
}

function drawFile(file: ChangedPath, remark: string, element: HTMLElement): void {
  const status = file.status ?? "modified";
  const letter = h("span", { class: "file-status", "data-status": status, title: status }, LETTERS[status] ?? "");
  element.append(letter, h("span", { class: "file-path" }, ...pathOf(file)));
  const facts = [modeOf(file), remark].filter(Boolean).join(" · ");
  if (facts) element.append(h("span", { class: "edit-words" }, facts));
  if (remark) return;
  const came = h("span", { class: "added" }, `+${count(file.added ?? 0)}`);
  const went = h("span", { class: "removed" }, `−${count(file.removed ?? 0)}`);
  element.append(h("span", { class: "figures" }, came, " ", went));
}

function pathOf({ path, oldPath }: ChangedPath): (string | HTMLElement)[] {
  const at = path.lastIndexOf("/") + 1;
  const folder = h("span", { class: "file-folder" }, spellOut(path.slice(0, at)));
  const old = oldPath ? [h("span", { class: "file-folder" }, `${spellOut(oldPath)} → `)] : [];
  return [...old, folder, spellOut(path.slice(at))];
}

function modeOf({ oldMode, newMode }: ChangedPath): string {
  if (!oldMode || !newMode) return "";
  return `${MODES[oldMode] ?? oldMode} → ${MODES[newMode] ?? newMode}`;
}

function drawDiff(line: DiffLine, element: HTMLElement, highlighter: Highlighter): void {
  const { kind, before, after } = line;
  element.dataset["diff"] = kind;
  if (kind === "gap") {
    element.append(h("span", { class: "hunk-words" }, `Line ${count(after ?? 0)}`, line.text ? ` · ${spellOut(line.text)}` : ""));
    return;
  }
  for (const number of [before, after]) element.append(h("span", { class: "diff-number" }, `${number ?? ""}`));
  const { text, marks } = shownText(line);
  const code = h("span", { class: "diff-text" });
  code.textContent = text;
  element.append(h("span", { class: "diff-sign" }, SIGNS[kind]), code);
  if (marks.length > 0) highlighter.marks(code, marks);
}

function shownText(line: DiffLine): { text: string; marks: readonly DiffLine["marks"][number][] } {
  const isLong = line.text.length > SHOWN_MAX;
  const kept = isLong ? line.text.slice(0, SHOWN_MAX) : line.text;
  const marks = line.marks.filter(({ to }) => to <= kept.length);
  const blanks = line.drawsBlanks ? "all" : line.kind === "same" ? "long" : "end";
  const drawn = drawBlanks(spellOutMarked(kept.replace(/\r$/, "␍"), marks), blanks);
  const rest = isLong ? ` ⟨${count(line.text.length - SHOWN_MAX)} more characters⟩` : "";
  return { text: drawn.text + rest, marks: drawn.marks };
}
