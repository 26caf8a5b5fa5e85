import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleWords, sparedWords } from "../../src/view/approval/rule_words.ts";

test("what an approval for the session allows is said in words", () => {
  const words = (rule: string): string => ruleWords(rule).replace("Approve for session: it then ", "");
  assert.equal(words("bash(git status *)"), "runs commands that begin with “git status” without asking.");
  assert.equal(words("bash(npm test)"), "runs “npm test” without asking.");
  assert.equal(words("write_file(src/**)"), "uses write_file on “src/**” without asking.");
  assert.equal(words("write_file"), "uses write_file without asking.");
  assert.equal(words("bash(echo \u202ex)"), "runs “echo ⟨U+202E⟩x” without asking.");
  assert.equal(words(""), "");
});

test("what a rule would have answered so far is counted, with the last calls", () => {
  assert.equal(sparedWords([], true), "");
  assert.equal(sparedWords(["ls"], true), "So far it would have answered 1 question, the last: “ls”.");
  const four = sparedWords(["a", "b", "c", "d\u202e"], false);
  assert.equal(four, "So far it would have answered at least 4 questions, the last: “d⟨U+202E⟩”, “c”, “b”.");
});
