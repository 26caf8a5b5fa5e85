import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf } from "../../src/agent/answers.ts";
import type { Answer } from "../../src/agent/answers.ts";
import type { Question } from "../../src/protocol.ts";

function problem(fields: Partial<Question>, answer: Answer | undefined): string {
  return problemOf({ id: "q", text: "?", ...fields }, answer);
}

test("an answer fits its question as the server sees it", () => {
  assert.equal(problem({}, undefined), "");
  assert.equal(problem({ required: true }, ""), "An answer is needed.");
  assert.equal(problem({ kind: "many", required: true }, []), "An answer is needed.");
  assert.equal(problem({ kind: "boolean", required: true }, false), "");
  assert.equal(problem({ kind: "number", minimum: 2 }, 1), "At least 2.");
  assert.equal(problem({ kind: "number" }, Number("x")), "This is not a number.");
  assert.equal(problem({ kind: "integer" }, 1.5), "This is not a whole number.");
  assert.equal(problem({ maximum: 2 }, "🎉🎉"), "");
  assert.equal(problem({ maximum: 2 }, "abc"), "At most 2 characters.");
  assert.equal(problem({ kind: "many", minimum: 2 }, ["a"]), "At least 2 choices.");
});
