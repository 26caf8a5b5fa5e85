import type { Question } from "../protocol.ts";

export type Answer = string | number | boolean | readonly string[];
export type Answers = Record<string, Answer>;

/** Why an answer does not fit its question; "": it does. The server checks the same. */
export function problemOf(question: Question, answer: Answer | undefined): string {
  const isEmpty = answer === undefined || answer === "" || (Array.isArray(answer) && answer.length === 0);
  if (isEmpty) return question.required ? "An answer is needed." : "";
  const { minimum, maximum, kind = "text" } = question;
  const [size, unit] = sizeOf(kind, answer);
  if (typeof answer === "number" && !Number.isFinite(answer)) return "This is not a number.";
  if (kind === "integer" && !Number.isInteger(answer)) return "This is not a whole number.";
  if (typeof minimum === "number" && size < minimum) return `At least ${minimum}${unit}.`;
  if (typeof maximum === "number" && size > maximum) return `At most ${maximum}${unit}.`;
  return "";
}

function sizeOf(kind: string, answer: Answer | undefined): [number, string] {
  if (typeof answer === "number") return [answer, ""];
  if (typeof answer === "string" && kind === "text") return [[...answer].length, " characters"];
  return Array.isArray(answer) ? [answer.length, " choices"] : [0, ""];
}
