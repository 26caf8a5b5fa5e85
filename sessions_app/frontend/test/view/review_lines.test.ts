import assert from "node:assert/strict";
import { test } from "node:test";
import { drawBlanks, spellOutMarked } from "../../src/text/spelled.ts";
import { unified } from "../../src/view/code/diff_lines.ts";
import { linesOf } from "../../src/view/code/line.ts";
import type { Line } from "../../src/view/code/line.ts";
import { condensed, fieldLines, headAndTail } from "../../src/view/presentation/review_lines.ts";
import { diffLines, plainDiff } from "../../src/worker/diff.ts";
import { random } from "../log.ts";

/** A line as the card shows it. */
function shown(line: Line): string {
  const { text } = drawBlanks(spellOutMarked(line.text), line.blanks ?? "long");
  return `${line.gutter ?? ""}${text}`;
}

const DIFFS = { "made by the worker": diffLines, "made at once": plainDiff } as const;

for (const [name, diff] of Object.entries(DIFFS)) {
  test(`a diff ${name} shows a change of nothing but the last newline`, () => {
    const lines = unified(diff("last\n", "last")).map(shown);
    assert.deepEqual(lines, [" last", "+⟨no newline at the end⟩"]);
  });

  test(`a diff ${name} shows line ends that change, and not those that stay`, () => {
    assert.deepEqual(unified(diff("a\r\nb\r\n", "a\nb\n")).map(shown), [
      "−a⟨U+000D⟩",
      "−b⟨U+000D⟩",
      "+a",
      "+b",
    ]);
    assert.deepEqual(unified(diff("a\r\nb\r\n", "a\r\nc\r\n")).map(shown), [" a", "−b", "+c"]);
  });

  test(`a diff ${name} shows a no-break space, blanks at the end, and a tab for spaces`, () => {
    assert.deepEqual(unified(diff("a b\n", "a\u00a0b\n")).map(shown), ["−a·b", "+a⟨U+00A0⟩b"]);
    assert.deepEqual(unified(diff("x = 1\n", "x = 1  \n")).map(shown), ["−x·=·1", "+x·=·1··"]);
    assert.deepEqual(unified(diff("  cc\n", "\tcc\n")).map(shown), ["−··cc", "+→\tcc"]);
    assert.deepEqual(unified(diff("x = 1\n", "y = 2  \n")).map(shown), ["−x = 1", "+y = 2··"]);
  });

  test(`a diff ${name} of two texts that differ never looks empty or equal`, () => {
    const next = random(23);
    const chars = ["a", " ", "\t", "\n", "\r\n", "\u00a0", "\u200b"];
    const text = (): string =>
      Array.from({ length: Math.floor(next() * 6) }, () => chars[Math.floor(next() * chars.length)]).join("");
    for (let round = 0; round < 3_000; round += 1) {
      const [before, after] = [text(), text()];
      const lines = unified(diff(before, after));
      const side = (sign: string): string[] =>
        lines.filter((l) => l.gutter === sign).map((l) => shown({ ...l, gutter: "" }));
      if (before === after) assert.deepEqual(lines, []);
      else assert.notDeepEqual(side("−"), side("+"), JSON.stringify([before, after]));
    }
  });
}

test("what stands behind blank lines and behind long blanks is in sight", () => {
  const lines = condensed(linesOf(`echo hello${"\n".repeat(301)}rm -rf /`));
  assert.deepEqual(lines.map((l) => l.text), ["echo hello", "⟨300 blank lines⟩", "rm -rf /"]);
  assert.equal(shown({ text: `echo${" ".repeat(500)}; rm x` }), "echo⟨500 blanks⟩; rm x");
});

test("two blank lines stay, and lines without blanks are the same list", () => {
  const lines = linesOf("a\n\n\nb");
  assert.equal(condensed(lines), lines);
});

test("of many lines the beginning and the end are shown", () => {
  const lines = Array.from({ length: 40 }, (_, i) => ({ text: `${i}` }));
  const { head, hidden, tail } = headAndTail(lines, 10, 6);
  assert.deepEqual([head.length, hidden, tail.map((l) => l.text)], [10, 24, ["34", "35", "36", "37", "38", "39"]]);
  assert.deepEqual(headAndTail(lines.slice(0, 18), 10, 6).hidden, 0);
});

test("fields that no view shows are listed", () => {
  const input = { command: "ls", timeout: 5, env: "a\nb" };
  assert.deepEqual(fieldLines(input, ["command"]).map((l) => l.text), ["timeout: 5", "env:", "  a", "  b"]);
});
