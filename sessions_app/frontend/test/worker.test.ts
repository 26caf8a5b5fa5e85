import assert from "node:assert/strict";
import { test } from "node:test";
import { codeMarks } from "../src/worker/code.ts";
import { WorkerClient } from "../src/worker/client.ts";
import type { WorkerLike } from "../src/worker/client.ts";
import { NO_NEWLINE, diffLines, plainDiff, whole } from "../src/worker/diff.ts";
import type { DiffLine } from "../src/worker/diff.ts";
import type { Answered, Asked } from "../src/worker/question.ts";
import { random } from "./log.ts";

const PYTHON = 'def greet(name):  # hello\n    return f"hi {name}" + "\\n" * 3\n';

test("marks are in order, do not overlap and name the code below them", () => {
  const marks = codeMarks("python", "", PYTHON);
  const said = marks.map(({ from, to, name }) => [name, PYTHON.slice(from, to)]);
  assert.deepEqual(said.slice(0, 3), [
    ["code-keyword", "def"],
    ["code-title", "greet"],
    ["code-comment", "# hello"],
  ]);
  marks.forEach(({ from, to }, i) => assert.ok(from < to && from >= (marks[i - 1]?.to ?? 0)));
});

test("a language within another is coloured too", () => {
  const html = "<script>const one = 1;</script>";
  const words = codeMarks("html", "", html).map(({ from, to }) => html.slice(from, to));
  assert.ok(words.includes("const"));
});

test("what began before the piece goes on in it", () => {
  const text = "still quoted\nend'''\nx = 1\n";
  const [first] = codeMarks("python", "s = '''begin\n", text);
  assert.deepEqual(first, { from: 0, to: "still quoted\nend'''".length, name: "code-string" });
});

test("a language that nobody knows has no colours", () => {
  assert.deepEqual(codeMarks("constructor", "", PYTHON), []);
  assert.deepEqual(codeMarks("", "", PYTHON), []);
});

test("of one change the plain diff, made at once, is all but the words", () => {
  const above = Array.from({ length: 9 }, (_, i) => `above ${i}`);
  const below = Array.from({ length: 9 }, (_, i) => `below ${i}`);
  const text = (...lines: string[]) => [...above, ...lines, ...below].join("\n");
  const pairs = [
    [text("one", "two"), text("three")],
    [text(), text("in")],
    [text("out"), text()],
    [above.join("\n"), text()],
    ["", text()],
    [text(), text()],
    ["same\nsame\n", "same\n"],
  ];
  for (const [before, after] of pairs) {
    const bare = (lines: readonly DiffLine[]) => lines.map((line) => ({ ...line, marks: [] }));
    assert.deepEqual(bare(plainDiff(before!, after!)), bare(diffLines(before!, after!)));
  }
});

test("a diff of any two texts gives both of them back", () => {
  const next = random(11);
  const words = ["a", "b", "same line", "", "  in", "😀", "x = 1", "x = 2"];
  const text = (): string =>
    Array.from({ length: Math.floor(next() * 12) }, () => words[Math.floor(next() * words.length)]).join("\n");
  for (let round = 0; round < 2_000; round += 1) {
    const [before, after] = [text(), text()];
    const lines = diffLines(before, after).filter((line) => line.text !== NO_NEWLINE);
    const side = (skip: string): Map<number, string> =>
      new Map(lines.filter((l) => l.kind !== skip && l.kind !== "gap").map((l) => [(skip === "in" ? l.before : l.after) ?? 0, l.text]));
    for (const [skip, whole] of [["in", before], ["out", after]] as const) {
      const all = whole.split("\n");
      for (const [number, line] of side(skip)) assert.equal(line, all[number - 1], JSON.stringify([before, after]));
    }
    // What is left out is the same on both sides.
    const unseen = (shown: Map<number, string>, whole: string): string[] =>
      whole.replace(/\n$/, "").split("\n").filter((_, i) => !shown.has(i + 1));
    assert.deepEqual(unseen(side("in"), before).filter(Boolean), unseen(side("out"), after).filter(Boolean));
  }
});

test("within a changed line the words that changed are marked", () => {
  const [out, into] = diffLines("let total = 1;\n", "let total = 20;\n");
  assert.deepEqual(out?.marks.map(({ from, to }) => out.text.slice(from, to)), ["1"]);
  assert.deepEqual(into?.marks.map(({ from, to }) => into.text.slice(from, to)), ["20"]);
});

test("a new file is all its lines, numbered", () => {
  assert.deepEqual(whole("in", "a\nb\n").map(({ after, text }) => [after, text]), [[1, "a"], [2, "b"]]);
  assert.deepEqual(whole("in", ""), []);
});

/** A worker that answers a question about "slow" code never, and others when told to. */
class Scribe implements WorkerLike {
  onmessage: WorkerLike["onmessage"] = null;
  readonly asked: Asked[] = [];
  isGone = false;

  postMessage(asked: Asked): void {
    this.asked.push(asked);
  }

  answer(): void {
    const last = this.asked.at(-1);
    const data: Answered = { id: last?.id ?? 0, answer: [] };
    this.onmessage?.({ data } as MessageEvent<Answered>);
  }

  terminate(): void {
    this.isGone = true;
  }
}

function ask(worker: WorkerClient, text: string): Promise<unknown> {
  return worker.ask({ kind: "code", language: "python", before: "", text });
}

test("the newest question is asked first, one at a time", async () => {
  const scribe = new Scribe();
  const worker = new WorkerClient(() => scribe);
  const answers = ["1", "2", "3"].map((text) => ask(worker, text));
  for (let i = 0; i < 3; i += 1) scribe.answer();
  await Promise.all(answers);
  assert.deepEqual(scribe.asked.map(({ question }) => "text" in question && question.text), ["1", "3", "2"]);
});

test("a worker that does not answer is replaced, and the others get their answers", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const scribes: Scribe[] = [];
  const worker = new WorkerClient(() => {
    scribes.push(new Scribe());
    return scribes.at(-1) as Scribe;
  });
  const [slow, good] = [ask(worker, "slow"), ask(worker, "good")];
  t.mock.timers.tick(10_000);
  assert.equal(await slow, null);
  assert.ok(scribes[0]?.isGone);
  scribes[1]?.answer();
  assert.deepEqual(await good, []);
});

test("a change of nothing but how an accent is written shows it", () => {
  const lines = diffLines("caf\u00e9 = 1\n", "cafe\u0301 = 1\n");
  assert.deepEqual(lines.map(({ kind, text }) => [kind, text]), [
    ["out", "caf\u00e9 = 1"],
    ["in", "cafe⟨U+0301⟩ = 1"],
  ]);
  const [mark] = lines[1]?.marks ?? [];
  assert.equal(mark && lines[1]?.text.slice(mark.from, mark.to), "⟨U+0301⟩");
});
