import assert from "node:assert/strict";
import { test } from "node:test";
import { fold } from "../../src/model/fold/fold.ts";
import { emptyThread } from "../../src/model/thread.ts";
import type { Thread } from "../../src/model/thread.ts";
import { LogWriter } from "../log.ts";

function called(...outputs: string[]): LogWriter {
  const log = new LogWriter();
  outputs.forEach((output, i) => log.tool(`m1.${i}`, `t${i}`, output));
  return log;
}

function folded(log: LogWriter): Thread {
  const thread = emptyThread("s_1");
  for (const event of log.events) fold(thread, event);
  return thread;
}

function runs(thread: Thread): string[][] {
  const found = new Set([...thread.tools.values()].map((row) => row.run).filter((run) => run !== null));
  return [...found].map((run) => run.rows.map((row) => row.toolUseId));
}

test("calls one after another are a run as soon as something else follows", () => {
  const log = called("a", "b", "c", "d");
  assert.deepEqual(runs(folded(log)), []);
  log.prose("text", "m2.0", "so");
  assert.deepEqual(runs(folded(log)), [["t0", "t1", "t2", "t3"]]);
});

test("three calls are no run", () => {
  const log = called("a", "b", "c");
  log.prose("text", "m2.0", "so");
  assert.deepEqual(runs(folded(log)), []);
});

test("a failure, a question and a sub-agent part a run", () => {
  const log = called("a", "b", "c", "d");
  const call = { toolUseId: "bad", tool: "bash" } as const;
  log.add({ type: "tool_use", block: "m1.9", ...call, input: {} });
  log.add({ type: "tool_result", ...call, output: "no", isError: true, durationMs: 1 });
  for (const i of [5, 6, 7, 8]) log.tool(`m2.${i}`, `t${i}`, "x");
  log.prose("text", "m3.0", "so");
  assert.deepEqual(runs(folded(log)).sort(), [["t0", "t1", "t2", "t3"], ["t5", "t6", "t7", "t8"]]);
});

test("a run that loses a call is none", () => {
  const log = called("a", "b", "c", "d");
  log.prose("text", "m1.9", "so");
  log.add({ type: "turn_discarded", messageId: "m1", reason: "cut" });
  assert.deepEqual(runs(folded(log)), []);
});

test("calls without a result are open, and no others", () => {
  const log = called("a", "b");
  log.add({ type: "tool_use", block: "m1.9", toolUseId: "t9", tool: "bash", input: {} });
  assert.deepEqual([...folded(log).open].map((row) => row.toolUseId), ["t9"]);
});
