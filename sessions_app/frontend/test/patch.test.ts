import assert from "node:assert/strict";
import { test } from "node:test";
import { createTwoFilesPatch } from "diff";
import { NO_NEWLINE, withWords } from "../src/worker/diff.ts";
import type { DiffLine } from "../src/worker/diff.ts";
import { patchLines } from "../src/worker/patch.ts";
import { random } from "./log.ts";

const WORDS = ["one", "two", "-minus", "+plus", "@@ -1 +1 @@", "", "\\ No newline", "diff --git a/x b/x", "three\r"];

/** The texts that a diff of all their lines was made from. */
function texts(lines: readonly DiffLine[]): { before: string; after: string } {
  const of = (gone: DiffLine["kind"]): string => {
    const kept = lines.filter(({ kind }) => kind !== gone && kind !== "gap");
    const isOpen = kept.at(-1)?.text === NO_NEWLINE;
    const own = kept.filter(({ text }) => text !== NO_NEWLINE).map(({ text }) => text);
    return own.length === 0 ? "" : own.join("\n") + (isOpen ? "" : "\n");
  };
  return { before: of("in"), after: of("out") };
}

test("the lines of a patch give back both texts, with their numbers", () => {
  const next = random(7);
  const some = (): string => {
    const lines = Array.from({ length: Math.floor(next() * 12) }, () => WORDS[Math.floor(next() * WORDS.length)]);
    return lines.length === 0 ? "" : lines.join("\n") + (next() < 0.7 ? "\n" : "");
  };
  for (let run = 0; run < 400; run += 1) {
    const [before, after] = [some(), some()];
    if (before === after) continue;
    const lines = patchLines(createTwoFilesPatch("a", "b", before, after, "", "", { context: 99 }) ?? "", withWords);
    // A text whose last line is empty and open is written by no tool.
    if (before.endsWith("\n\n") || after.endsWith("\n\n") || !before || !after) continue;
    assert.deepEqual(texts(lines), { before, after });
    for (const side of ["before", "after"] as const) {
      const own = lines.filter(({ kind, text }) => kind !== "gap" && text !== NO_NEWLINE);
      const numbers = own.flatMap((line) => (line[side] === null ? [] : [line[side]]));
      assert.deepEqual(numbers, numbers.map((_, i) => i + 1));
    }
  }
});

test("a file that became a link is two patches, and heads are no lines", () => {
  const patch = [
    "diff --git a/x b/x", "deleted file mode 100644", "--- a/x", "+++ /dev/null", "@@ -1,2 +0,0 @@", "-one", "-two",
    "diff --git a/x b/x", "new file mode 120000", "--- /dev/null", "+++ b/x", "@@ -0,0 +1 @@", "+target",
    "\\ No newline at end of file", "",
  ].join("\n");
  const shown = patchLines(patch, withWords).map(({ kind, text }) => `${kind} ${text}`);
  assert.deepEqual(shown, ["gap ", "out one", "out two", "gap ", "in target", `in ${NO_NEWLINE}`]);
});

test("a hunk begins with its places and the words that git says of it", () => {
  const [gap, first] = patchLines("@@ -10,2 +12,2 @@ def main():\n-a\n+b\n c\n", withWords);
  assert.deepEqual([gap?.kind, gap?.before, gap?.after, gap?.text], ["gap", 10, 12, "def main():"]);
  assert.deepEqual([first?.kind, first?.before, first?.after], ["out", 10, null]);
});
