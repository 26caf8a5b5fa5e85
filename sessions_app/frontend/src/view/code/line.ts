import type { Blanks } from "../../text/spelled.ts";
import type { Mark } from "../../text/mark.ts";

/** A line of a card's text. The same object is the same line. */
export interface Line {
  readonly text: string;
  readonly marks?: readonly Mark[];
  /** The line's gutter: a number or a sign. */
  readonly gutter?: string;
  /** Which blanks are made visible; long runs are always replaced by their count. */
  readonly blanks?: Blanks;
  readonly kind?: "same" | "in" | "out" | "gap" | "file" | "note";
  /** True if the next line continues this one, without a line end between them. */
  readonly isWrapped?: true;
  /** The line beside this one in a diff of two columns. */
  readonly beside?: Line;
}

/** The lines of a text, without an empty last one. */
export function linesOf(text: string): Line[] {
  if (text === "") return [];
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => ({ text: line }));
}
