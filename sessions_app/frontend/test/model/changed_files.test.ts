import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOf, linesOf } from "../../src/look_back/file_lines.ts";
import { changedFiles } from "../../src/model/navigation/changed_files.ts";
import type { ChangedFile } from "../../src/model/navigation/changed_files.ts";
import { Model } from "../../src/model/model.ts";
import { placesOf } from "../../src/model/navigation/place.ts";
import { countLines, diffLines } from "../../src/worker/diff.ts";
import { LogWriter, random } from "../log.ts";

type Fields = Record<string, unknown>;

class Work extends LogWriter {
  private calls = 0;

  call(tool: string, input: Fields, output = "ok", isError = false): string {
    const toolUseId = this.ask(tool, input);
    this.end(toolUseId, tool, output, isError);
    return toolUseId;
  }

  ask(tool: string, input: Fields): string {
    this.calls += 1;
    const toolUseId = `t${this.calls}`;
    this.add({ type: "tool_use", block: `m.${this.calls}`, toolUseId, tool, input });
    return toolUseId;
  }

  end(toolUseId: string, tool: string, output = "ok", isError = false): void {
    this.add({ type: "tool_result", toolUseId, tool, output, isError, durationMs: 1 });
  }
}

function filesOf(...logs: Work[]): ChangedFile[] {
  const model = new Model();
  logs.forEach((log, i) => model.fold(`s_${i + 1}`, log.events));
  return changedFiles(placesOf(model, "s_1"), (id) => model.thread(id));
}

function told(files: ChangedFile[]): unknown {
  return files.map(({ path, edits }) => [path, edits.map(({ before, after }) => [before, after])]);
}

test("files come in the order of their first change, with their edits in order", () => {
  const work = new Work();
  work.call("write_file", { path: "b.py", content: "one\n" });
  work.call("edit_file", { path: "a.py", old_string: "x", new_string: "y" });
  work.call("edit_file", { path: "./b.py", old_string: "one", new_string: "two" });
  work.call("read_file", { path: "c.py" });
  assert.deepEqual(told(filesOf(work)), [
    ["b.py", [["", "one\n"], ["one", "two"]]],
    ["a.py", [["x", "y"]]],
  ]);
});

test("what failed, was denied or is not over has changed nothing", () => {
  const work = new Work();
  work.call("edit_file", { path: "a.py", old_string: "x", new_string: "y" }, "no such text", true);
  work.ask("write_file", { path: "b.py", content: "" });
  const denied = work.ask("write_file", { path: "c.py", content: "" });
  work.add({ type: "approval", toolUseId: denied, decision: "denied", by: "ada" });
  work.end(denied, "write_file");
  assert.deepEqual(filesOf(work), []);
});

test("where a person edited the call, that is what was written", () => {
  const work = new Work();
  const asked = work.ask("write_file", { path: "a.py", content: "theirs" });
  work.add({ type: "approval_request", toolUseId: asked, tool: "write_file", input: { path: "a.py", content: "theirs" }, reason: "" });
  work.add({ type: "approval", toolUseId: asked, decision: "approved", by: "ada", input: { path: "b.py", content: "mine" } });
  work.end(asked, "write_file");
  assert.deepEqual(told(filesOf(work)), [["b.py", [["", "mine"]]]]);
});

test("a file that is written again is compared with what the calls before had left", () => {
  const work = new Work();
  work.call("write_file", { path: "a", content: "1 1\n" });
  work.call("edit_file", { path: "a", old_string: "1", new_string: "$&", replace_all: true }, "Edited a in 2 places");
  work.call("write_file", { path: "a", content: "3\n" });
  work.call("edit_file", { path: "a", old_string: "not there", new_string: "4" });
  work.call("write_file", { path: "a", content: "5\n" });
  const [file] = filesOf(work);
  assert.deepEqual(file?.edits.map(({ before, times }) => [before, times]), [
    ["", 1],
    ["1", 2],
    ["$& $&\n", 1],
    ["not there", 1],
    ["", 1],
  ]);
});

test("the edits of sub-agents are among them, by time, with paths of the workdir", () => {
  const work = new Work();
  work.add({ type: "session_started", model: "m", workdir: "/w", permissionMode: "p", engine: "e" });
  work.add({ type: "tool_use", block: "x.1", toolUseId: "x", tool: "spawn_agent", input: {} });
  work.add({ type: "agent_spawn", toolUseId: "x", childId: "s_2", task: "t" });
  work.call("write_file", { path: "/w/a", content: "first" });
  const child = new Work("s_2");
  for (let i = 0; i < 9; i += 1) child.add({ type: "user_message", text: "later" });
  child.call("write_file", { path: "a", content: "second" });
  assert.deepEqual(told(filesOf(work, child)), [["a", [["", "first"], ["first", "second"]]]]);
});

test("lines are counted as the diff shows them", () => {
  const next = random(41);
  const text = (): string => Array.from({ length: Math.floor(next() * 9) }, () => `${Math.floor(next() * 4)}\n`).join("");
  for (let round = 0; round < 500; round += 1) {
    const [before, after] = [text(), text()];
    const lines = diffLines(before, after);
    const { ins, outs } = countLines(before, after);
    assert.equal(ins, lines.filter(({ kind }) => kind === "in").length);
    assert.equal(outs, lines.filter(({ kind }) => kind === "out").length);
  }
});

test("an open file shows its edits, and of each its diff once that is known", () => {
  const work = new Work();
  work.call("write_file", { path: "a", content: "1\n2\n" });
  work.call("edit_file", { path: "a", old_string: "1", new_string: "3", replace_all: true }, "Edited a in 4 places");
  work.call("write_file", { path: "b", content: "" });
  const files = filesOf(work);
  const [first, second] = files[0]?.edits ?? [];
  assert.ok(first && second);
  const known = {
    open: new Set(["a"]),
    counts: new Map([[keyOf(first), { ins: 2, outs: 0 }], [keyOf(second), { ins: 1, outs: 1 }]]),
    diffs: new Map([[keyOf(first), diffLines("", "1\n2\n")]]),
  };
  const lines = linesOf(files, known);
  assert.deepEqual(lines.map(({ kind, level }) => [kind, level]), [
    ["file", 1],
    ["edit", 2],
    ["diff", 3],
    ["diff", 3],
    ["edit", 2],
    ["waiting", 3],
    ["file", 1],
  ]);
  assert.equal(new Set(lines.map(({ key }) => key)).size, lines.length);
  const [file] = lines;
  assert.deepEqual(file?.kind === "file" && file.figure, { ins: 6, outs: 4, isLeast: false });
});
