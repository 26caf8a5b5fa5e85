import type { Blanks } from "../../text/spelled.ts";
import type { Mark } from "../../paint/mark.ts";

/** A line of a card's text. The same object is the same line. */
export interface Line {
  readonly text: string;
  readonly marks?: readonly Mark[];
  /** What stands before it: its number, or a sign. */
  readonly gutter?: string;
  /** Which blanks are drawn; long runs are always counted. */
  readonly blanks?: Blanks;
  readonly kind?: "same" | "in" | "out" | "gap" | "file" | "note";
  /** The next line goes on with this one: no line end is between them. */
  readonly isWrapped?: true;
  /** The line beside it, in a diff of two columns. */
  readonly beside?: Line;
}

/** The lines of a text, without an empty one behind its end. */
export function linesOf(text: string): Line[] {
  if (text === "") return [];
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => ({ text: line }));
}
