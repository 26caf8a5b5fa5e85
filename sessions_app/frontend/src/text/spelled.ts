import type { Mark } from "../paint/mark.ts";
import { HIDDEN_IN_PROSE, HIDDEN_IN_REVIEW } from "../protocol.ts";

/** A text as it is displayed, and marks on what it spells out. */
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

/** The same as `spellOut` with marks: those given move with their text, new ones are added. */
export function spellOutMarked(text: string, marks: readonly Mark[] = []): Spelled {
  const found = [...text.matchAll(HIDDEN_IN_REVIEW)];
  if (found.length === 0) return { text, marks };
  const names: Mark[] = [];
  const shifts: { readonly at: number; readonly by: number }[] = [];
  let made = "";
  let from = 0;
  for (const { 0: char, index } of found) {
    made += text.slice(from, index);
    const name = nameOf(char);
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
