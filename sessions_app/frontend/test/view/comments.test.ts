import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangedPath } from "../../src/protocol.ts";
import { isOutdated, messageOf, spotOfRange } from "../../src/review/comments.ts";
import type { DiffLine } from "../../src/worker/diff.ts";

const FILE: ChangedPath = { path: "a.txt", blob: "1" };
const LATER: ChangedPath = { path: "a.txt", blob: "2" };

function line(kind: DiffLine["kind"], text: string, before: number | null, after: number | null): DiffLine {
  return { kind, text, before, after, marks: [] };
}

const LINES = [
  line("gap", "", 1, 1),
  line("same", "one", 1, 1),
  line("out", "two", 2, null),
  line("in", "2", null, 2),
  line("same", "three", 3, 3),
];

test("a comment on several lines quotes them all, and no head of a hunk", () => {
  const spot = spotOfRange(FILE, LINES.slice(0, 4));
  assert.deepEqual([spot?.from, spot?.line, spot?.quoted], [1, 2, " one\n-two\n+2"]);
  const said = messageOf([{ ...spot!, id: "c", text: "Why?" }], new Set());
  assert.ok(said.endsWith("**a.txt**, lines 1 to 2\n```diff\n one\n-two\n+2\n```\nWhy?"));
});

test("a comment on several lines is outdated once one of them is another", () => {
  const comment = { ...spotOfRange(FILE, LINES.slice(1, 4))!, id: "c", text: "Why?" };
  assert.equal(isOutdated(comment, FILE, LINES), false);
  assert.equal(isOutdated(comment, LATER, LINES), false);
  const changed = LINES.map((each) => (each.text === "two" ? { ...each, text: "zwei" } : each));
  assert.equal(isOutdated(comment, LATER, changed), true);
});
