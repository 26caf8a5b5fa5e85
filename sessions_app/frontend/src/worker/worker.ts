import { codeMarks } from "./code.ts";
import { countLines, diffLines, withWords } from "./diff.ts";
import { patchLines } from "./patch.ts";
import type { Answer, Answered, Asked, Question } from "./question.ts";

// The page's worker thread, for work that would delay a frame.
addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  const answered: Answered = { id: data.id, answer: answer(data.question) };
  postMessage(answered);
});

function answer(question: Question): Answer {
  switch (question.kind) {
    case "code":
      return codeMarks(question.language, question.before, question.text);
    case "diff":
      return diffLines(question.before, question.after);
    case "patch":
      return patchLines(question.patch, withWords);
    case "count":
      return question.pairs.map(({ before, after }) => countLines(before, after));
  }
}
