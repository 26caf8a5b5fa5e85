import type { Mark } from "../text/mark.ts";
import type { DiffLine, LineCount } from "./diff.ts";

/** What the page asks its worker, and the answers. */
export interface Answers {
  code: { question: CodeQuestion; answer: Mark[] };
  diff: { question: DiffQuestion; answer: DiffLine[] };
  patch: { question: PatchQuestion; answer: DiffLine[] };
  count: { question: CountQuestion; answer: LineCount[] };
}

export interface CodeQuestion {
  readonly kind: "code";
  readonly language: string;
  readonly before: string;
  readonly text: string;
}

export interface DiffQuestion {
  readonly kind: "diff";
  readonly before: string;
  readonly after: string;
}

/** The hunks of one file's patch. */
export interface PatchQuestion {
  readonly kind: "patch";
  readonly patch: string;
}

/** The numbers of added and removed lines, for each of several pairs of texts. */
export interface CountQuestion {
  readonly kind: "count";
  readonly pairs: readonly { readonly before: string; readonly after: string }[];
}

export type Kind = keyof Answers;
export type Question = Answers[Kind]["question"];
export type Answer = Answers[Kind]["answer"];

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

export interface Answered {
  readonly id: number;
  readonly answer: Answer;
}
