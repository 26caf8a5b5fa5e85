import type { Mark } from "./mark.ts";
import { HIDDEN_IN_PROSE, HIDDEN_IN_REVIEW } from "../protocol.ts";

/** A text as it is displayed, with marks on the characters spelled out. */
export interface Spelled {
  readonly text: string;
  readonly marks: readonly Mark[];
}

/** Spell out hidden characters, for text that a person reviews or decides on: `⟨U+202E⟩`. */
export function spellOut(text: string): string {
  return text.replace(HIDDEN_IN_REVIEW, nameOf);
}

/** Spell out only what no prose needs, for titles and messages. */
export function spellOutProse(text: string): string {
  return text.replace(HIDDEN_IN_PROSE, nameOf);
}

const LONG_BLANKS = /[ \t]{40,}/g; // this many blanks could push the following text off screen
const ALL_BLANKS = /[ \t]+/g;
export type Blanks = "long" | "end" | "all";

/** The same as `spellOut` with marks: those given move with their text, new ones are added. */
export function spellOutMarked(text: string, marks: readonly Mark[] = []): Spelled {
  return replaced({ text, marks }, [...text.matchAll(HIDDEN_IN_REVIEW)], nameOf);
}

/** Draw blanks: long runs as their number; those at the end, or all, as dots and arrows. */
export function drawBlanks(spelled: Spelled, which: Blanks): Spelled {
  const { text } = spelled;
  const found: Found[] = [...text.matchAll(which === "all" ? ALL_BLANKS : LONG_BLANKS)];
  const end = text.trimEnd().length;
  const last = found.at(-1);
  const isEndFound = last !== undefined && last.index >= end;
  if (which === "end" && end < text.length && !isEndFound) {
    found.push({ 0: text.slice(end), index: end });
  }
  return replaced(spelled, found, drawnBlanks);
}

function drawnBlanks(run: string): string {
  if (run.length >= 40) return `⟨${run.length} blanks⟩`;
  return run.replaceAll(" ", "·").replaceAll("\t", "→\t");
}

interface Found {
  readonly 0: string;
  readonly index: number;
}

/** Replace what was found; `found` is in order and does not overlap. */
function replaced(
  { text, marks }: Spelled,
  found: readonly Found[],
  drawn: (found: string) => string,
): Spelled {
  if (found.length === 0) return { text, marks };
  const names: Mark[] = [];
  const shifts: { readonly at: number; readonly by: number }[] = [];
  let made = "";
  let from = 0;
  for (const { 0: char, index } of found) {
    made += text.slice(from, index);
    const name = drawn(char);
    names.push({ from: made.length, to: made.length + name.length, name: "hidden" });
    made += name;
    from = index + char.length;
    shifts.push({ at: from, by: made.length - from });
  }
  const moved = marks.map((mark) => ({
    ...mark,
    from: shifted(mark.from, shifts),
    to: shifted(mark.to, shifts),
  }));
  return { text: made + text.slice(from), marks: [...moved, ...names] };
}

/** Where an offset of the original text is after spelling out; `shifts` are in order. */
function shifted(offset: number, shifts: readonly { at: number; by: number }[]): number {
  let by = 0;
  for (const shift of shifts) {
    if (shift.at > offset) break;
    by = shift.by;
  }
  return offset + by;
}

function nameOf(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  return `⟨U+${point.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
