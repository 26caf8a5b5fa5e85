/** A range of a text, in UTF-16 code units, and the name of its colour in the style sheet. */
export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly name: MarkName;
}

// The names in style/base/paint.css; scopes without a name here have no colour.
const CODE = ["keyword", "string", "number", "comment", "title", "type", "name", "meta"] as const;
const WORD = ["word-in", "word-out", "hidden", "match"] as const;
const COLOURS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const;
const LOOKS = ["bold", "dim", "underline", "strike"] as const;

export type CodeName = `code-${(typeof CODE)[number]}`;
export type TerminalName = `foreground-${number}` | `background-${number}` | (typeof LOOKS)[number];
export type MarkName = CodeName | TerminalName | (typeof WORD)[number];

/** All names, in increasing order of priority. */
export const MARK_NAMES: readonly MarkName[] = [
  ...CODE.map((name) => `code-${name}` as const),
  ...COLOURS.map((n) => `background-${n}` as const),
  ...COLOURS.map((n) => `foreground-${n}` as const),
  ...LOOKS,
  ...WORD,
];
