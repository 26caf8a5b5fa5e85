import type { AskedQuestion } from "../../model/tool_call.ts";
import type { Line } from "../code/line.ts";

/** Questions with their choices, as lines: for a call that has no form to fill in. */
export function askedLines(questions: readonly AskedQuestion[]): Line[] {
  return questions.flatMap(({ text, isMany, choices }) => [
    ...text.split("\n").map((line): Line => ({ text: line, kind: "file" })),
    ...choices.map(({ name, more }): Line => ({ text: more ? `${name} — ${more}` : name, gutter: isMany ? "☐" : "○" })),
  ]);
}
