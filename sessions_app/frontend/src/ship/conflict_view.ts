import type { ConflictFile, ConflictHunk, MergeConflictedEvent } from "../protocol.ts";
import { spellOut } from "../text/spelled.ts";
import { plural } from "../view/format.ts";
import { h } from "../view/h.ts";
import { kindWords } from "./branch_words.ts";

/** A merge that git could not do: each file with both sides. Nothing has changed yet. */
export function conflictView(event: MergeConflictedEvent): HTMLElement {
  const { act = "merge", onto, subject = "", files = [], leftOut = 0 } = event;
  const verb = act === "merge" ? "merge into" : "rebase on";
  const which = subject ? ` at “${spellOut(subject)}”` : "";
  const head = h("p", { class: "conflict-head" }, `The ${verb} ${spellOut(onto)} conflicts${which}. Nothing has changed.`);
  const rows = files.map((file, i) => fileView(file, spellOut(onto), i === 0));
  const more = leftOut ? [h("p", { class: "conflict-more" }, `and ${plural(leftOut, "more file")}`)] : [];
  return h("div", { class: "conflict" }, head, ...rows, ...more);
}

function fileView(file: ConflictFile, onto: string, isOpen: boolean): HTMLElement {
  const { path, kind = "both_changed", binary, hunks = [], leftOut = 0 } = file;
  const words = [binary ? "binary" : "", kindWords(kind, onto)].filter(Boolean).join(", ");
  const name = [h("span", { class: "file-path" }, spellOut(path)), h("span", { class: "edit-words" }, words)];
  if (hunks.length === 0) return h("p", { class: "conflict-file" }, ...name);
  const more = leftOut ? [h("p", { class: "conflict-more" }, `${plural(leftOut, "more place")} in this file`)] : [];
  const details = h("details", { class: "conflict-file" }, h("summary", {}, ...name), ...hunks.map((hunk) => hunkView(hunk, onto)), ...more);
  details.open = isOpen;
  return details;
}

function hunkView({ line, there = "", here = "" }: ConflictHunk, onto: string): HTMLElement {
  const side = (name: string, text: string): HTMLElement => {
    const code = h("pre", { tabindex: "0", role: "group", "aria-label": `${name}, from line ${line}` }, spellOut(text) || "(no lines)");
    return h("div", { class: "conflict-side" }, h("span", {}, name), code);
  };
  return h("div", { class: "conflict-hunk" }, side(onto, there), side("this session", here));
}
