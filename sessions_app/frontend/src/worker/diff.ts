import { diffWordsWithSpace, structuredPatch } from "diff";
import type { Mark, MarkName } from "../text/mark.ts";

const CONTEXT = 3; // lines around a change
const TIMEOUT_MS = 200; // ms; a diff that takes longer is replaced by the plain one
const WORDS_MAX = 500; // characters; words of longer lines are not marked
/** Stands for a line: the text above it ends without a newline, and the other one with one. */
export const NO_NEWLINE = "⟨no newline at the end⟩";

/** A line of a diff, with its numbers in both texts, from 1; null if absent there. */
export interface DiffLine {
  readonly kind: "same" | "out" | "in" | "gap";
  readonly text: string;
  readonly before: number | null;
  readonly after: number | null;
  readonly marks: readonly Mark[];
  /** True if it differs from its counterpart only in blanks, which are then drawn. */
  readonly drawsBlanks?: true;
}

/** Both texts of a diff, as lines that end alike. */
interface Sides {
  readonly before: string;
  readonly after: string;
}

/** A unified diff; in changed pairs of lines the changed words are marked. */
export function diffLines(before: string, after: string): DiffLine[] {
  const options = { context: CONTEXT, timeout: TIMEOUT_MS };
  const sides = comparable(before, after);
  const patch = structuredPatch("", "", sides.before, sides.after, "", "", options);
  if (!patch) return plainDiff(before, after);
  return patch.hunks.flatMap((hunk, i) => {
    const lines = withWords(numbered(hunk.lines, hunk.oldStart, hunk.newStart));
    return i > 0 ? [GAP, ...lines] : lines;
  });
}

export interface LineCount {
  readonly ins: number;
  readonly outs: number;
}

/** The number of added and removed lines between two texts. */
export function countLines(before: string, after: string): LineCount {
  const options = { context: 0, timeout: TIMEOUT_MS };
  const sides = comparable(before, after);
  const patch = structuredPatch("", "", sides.before, sides.after, "", "", options);
  const lines = patch
    ? patch.hunks.flatMap((hunk) => hunk.lines)
    : [...whole("out", before).map(() => "-"), ...whole("in", after).map(() => "+")];
  const count = (sign: string): number => lines.filter((line) => line[0] === sign).length;
  return { ins: count("+"), outs: count("-") };
}

const GAP: DiffLine = { kind: "gap", text: "", before: null, after: null, marks: [] };

/**
 * A plain diff in linear time: between the common beginning and end of both texts, all lines
 * of the old, then all of the new. For a single change it lacks only the marked words.
 */
export function plainDiff(before: string, after: string): DiffLine[] {
  if (before === after) return [];
  const sides = comparable(before, after);
  const [outs, ins] = [linesOf(sides.before), linesOf(sides.after)];
  const shorter = Math.min(outs.length, ins.length);
  let head = 0;
  while (head < shorter && outs[head] === ins[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && outs.at(-1 - tail) === ins.at(-1 - tail)) tail += 1;
  const from = Math.max(0, head - CONTEXT);
  const outsEnd = outs.length - tail;
  const raw = [
    ...outs.slice(from, head).map((line) => ` ${line}`),
    ...outs.slice(head, outsEnd).map((line) => `-${line}`),
    ...ins.slice(head, ins.length - tail).map((line) => `+${line}`),
    ...outs.slice(outsEnd, outsEnd + CONTEXT).map((line) => ` ${line}`),
  ];
  return withBlanks(numbered(raw, from + 1, from + 1));
}

/** All lines of a text as added, or as removed. */
export function whole(kind: "in" | "out", text: string): DiffLine[] {
  const sign = kind === "in" ? "+" : "-";
  return numbered(linesOf(text).map((line) => sign + line), 1, 1);
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/**
 * CRLF that both texts use throughout is no difference, so it goes; any other carriage
 * return stays in its line. A missing newline at the end of one text is a line of its own.
 */
function comparable(before: string, after: string): Sides {
  const isCrlf = usesCrlf(before) && usesCrlf(after);
  const [out, into] = isCrlf ? [lf(before), lf(after)] : [before, after];
  const isEndChanged = out !== "" && into !== "" && out.endsWith("\n") !== into.endsWith("\n");
  return { before: closed(out, isEndChanged), after: closed(into, isEndChanged) };
}

function usesCrlf(text: string): boolean {
  return text.includes("\r\n") && !/(?<!\r)\n/.test(text);
}

function lf(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

function closed(text: string, isEndChanged: boolean): string {
  if (text === "" || text.endsWith("\n")) return text;
  return isEndChanged ? `${text}\n${NO_NEWLINE}\n` : `${text}\n`;
}

function numbered(raw: readonly string[], before: number, after: number): DiffLine[] {
  let out = before;
  let into = after;
  return raw.map((line) => {
    const kind = line[0] === "-" ? "out" : line[0] === "+" ? "in" : "same";
    return {
      kind,
      text: line.slice(1),
      before: kind === "in" ? null : out++,
      after: kind === "out" ? null : into++,
      marks: [],
    };
  });
}

/** Mark the changed words in pairs of lines. */
export function withWords(lines: readonly DiffLine[]): DiffLine[] {
  const marked = [...lines];
  for (let at = 0; at < lines.length; ) {
    const outs = runLength(lines, at, "out");
    const ins = runLength(lines, at + outs, "in");
    if (outs === ins) {
      for (let i = at; i < at + outs; i += 1) markWords(marked, i, i + outs);
    }
    at += Math.max(1, outs + ins);
  }
  return withBlanks(marked);
}

/** Mark pairs of changed lines that differ only in blanks. */
function withBlanks(lines: readonly DiffLine[]): DiffLine[] {
  const marked = [...lines];
  for (let at = 0; at < lines.length; ) {
    const outs = runLength(lines, at, "out");
    const ins = runLength(lines, at + outs, "in");
    for (let i = at; i < at + Math.min(outs, ins); i += 1) {
      const [out, into] = [lines[i], lines[i + outs]];
      if (out && into && out.text.normalize() === into.text.normalize()) {
        marked[i] = withAccents(out);
        marked[i + outs] = withAccents(into);
      }
      if (!out || !into || bare(out.text) !== bare(into.text)) continue;
      marked[i] = { ...(marked[i] ?? out), drawsBlanks: true };
      marked[i + outs] = { ...(marked[i + outs] ?? into), drawsBlanks: true };
    }
    at += Math.max(1, outs + ins);
  }
  return marked;
}

function bare(text: string): string {
  return text.replace(/\s/g, "");
}

function runLength(lines: readonly DiffLine[], from: number, kind: DiffLine["kind"]): number {
  let end = from;
  while (lines[end]?.kind === kind) end += 1;
  return end - from;
}

function markWords(lines: DiffLine[], outAt: number, inAt: number): void {
  const out = lines[outAt];
  const into = lines[inAt];
  if (!out || !into || out.text.length > WORDS_MAX || into.text.length > WORDS_MAX) return;
  const changes = diffWordsWithSpace(out.text, into.text);
  // Lines that have almost nothing in common are clearer without marked words.
  const shared = changes.filter((c) => !c.added && !c.removed).map((c) => c.value.trim());
  const least = Math.min(out.text.length, into.text.length);
  if (shared.join("").length * 3 < least) return;
  lines[outAt] = { ...out, marks: spans(changes.filter((c) => !c.added), "word-out") };
  lines[inAt] = { ...into, marks: spans(changes.filter((c) => !c.removed), "word-in") };
}

interface Change {
  readonly value: string;
  readonly added: boolean;
  readonly removed: boolean;
}

function spans(changes: readonly Change[], name: MarkName): Mark[] {
  let to = 0;
  return changes.flatMap(({ value, added, removed }) => {
    const from = to;
    to += value.length;
    return added || removed ? [{ from, to, name }] : [];
  });
}

const ACCENT = /\p{M}/gu;

/** Spell out combining accents, for a line that is the same but for how its letters are written. */
function withAccents(line: DiffLine): DiffLine {
  const marks: Mark[] = [];
  let longer = 0;
  const text = line.text.replace(ACCENT, (accent: string, at: number) => {
    const name = `⟨U+${(accent.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
    marks.push({ from: at + longer, to: at + longer + name.length, name: "hidden" });
    longer += name.length - accent.length;
    return name;
  });
  return { ...line, text, marks };
}
