import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleWords } from "../../src/view/approval/rule_words.ts";

test("what an approval for the session allows is said in words", () => {
  const words = (rule: string): string => ruleWords(rule).replace("Approve for session: it then ", "");
  assert.equal(words("bash(git status *)"), "runs commands that begin with “git status” without asking.");
  assert.equal(words("bash(npm test)"), "runs “npm test” without asking.");
  assert.equal(words("write_file(src/**)"), "uses write_file on “src/**” without asking.");
  assert.equal(words("write_file"), "uses write_file without asking.");
  assert.equal(words("bash(echo \u202ex)"), "runs “echo ⟨U+202E⟩x” without asking.");
  assert.equal(words(""), "");
});
