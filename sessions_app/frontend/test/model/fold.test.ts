import assert from "node:assert/strict";
import { test } from "node:test";
import { fold } from "../../src/model/fold/fold.ts";
import { Model } from "../../src/model/model.ts";
import { emptyThread, textOf } from "../../src/model/thread.ts";
import type { Thread } from "../../src/model/thread.ts";
import type { AnyEvent } from "../../src/protocol.ts";
import { LogWriter, random, randomLog, swept } from "../log.ts";
import { snapshot } from "../snapshot.ts";

const ROUNDS = 300;

function folded(events: AnyEvent[], thread: Thread = emptyThread("s_1")): Thread {
  for (const event of events) assert.equal(fold(thread, event), "folded");
  return thread;
}

test("the text of a folded log is what was said", () => {
  const next = random(1);
  for (let i = 0; i < ROUNDS; i += 1) {
    const log = randomLog(next);
    assert.equal(textOf(folded(log.events)), [...log.said.values()].join(""));
  }
});

test("every delta's part is seen while it streams", () => {
  const log = new LogWriter();
  log.prose("text", "m1.0", "abcdefgh", 3);
  const thread = emptyThread("s_1");
  const seen = log.events.map((event) => textOf(folded([event], thread)));
  assert.deepEqual(seen, ["", "abc", "abcdef", "abcdefgh", "abcdefgh"]);
});

test("a swept log folds to the same as the whole log", () => {
  const next = random(2);
  for (let i = 0; i < ROUNDS; i += 1) {
    const { events } = randomLog(next);
    assert.deepEqual(snapshot(folded(swept(events, next))), snapshot(folded(events)));
  }
});

test("whoever joined at any cursor ends up with the same", () => {
  const next = random(3);
  for (let i = 0; i < 60; i += 1) {
    const { events } = randomLog(next);
    const whole = snapshot(folded(events));
    for (let cursor = 0; cursor <= events.length; cursor += 1) {
      // Live up to the cursor, then away, then back after a sweep.
      const rest = swept(events, next).filter((event) => event.seq > cursor);
      assert.deepEqual(snapshot(folded(rest, folded(events.slice(0, cursor)))), whole);
    }
  }
});

test("a delta beyond the text is a hole", () => {
  const log = new LogWriter();
  log.prose("text", "m1.0", "abcdef", 2);
  const holed = log.events.filter((event) => event.seq !== 3);
  const thread = emptyThread("s_1");
  assert.deepEqual(holed.slice(0, 3).map((event) => fold(thread, event)), ["folded", "folded", "hole"]);
});

test("a delta of a block that never started is a hole, unless it is the first", () => {
  const log = new LogWriter();
  log.add({ type: "text_delta", block: "m1.0", offset: 0, delta: "ab" });
  log.add({ type: "text_delta", block: "m2.0", offset: 2, delta: "cd" });
  const thread = emptyThread("s_1");
  assert.deepEqual(log.events.map((event) => fold(thread, event)), ["folded", "hole"]);
});

test("a hole in a tool's output, and in its input, is seen", () => {
  const log = new LogWriter();
  log.tool("m1.0", "t1", "abcdefghijkl");
  for (const type of ["tool_output_delta", "tool_input_delta"]) {
    const second = log.events.filter((event) => event.type === type)[1];
    const thread = emptyThread("s_1");
    const found = log.events.filter((event) => event !== second).map((event) => fold(thread, event));
    assert.ok(found.includes("hole"), type);
  }
});

test("deltas after the final change nothing", () => {
  const late = [
    { type: "text_delta", block: "m1.0", offset: 0, delta: "X" },
    { type: "text_delta", block: "m1.0", offset: 99, delta: "X" },
    { type: "thinking_delta", block: "m1.1", offset: 2, delta: "X" },
    { type: "tool_input_delta", block: "m1.2", offset: 0, delta: "X" },
    { type: "tool_input_delta", block: "m1.2", offset: 99, delta: "X" },
    { type: "tool_output_delta", toolUseId: "t1", offset: 0, delta: "X" },
    { type: "tool_output_delta", toolUseId: "t1", offset: 99, delta: "X" },
  ] as const;
  const log = new LogWriter();
  log.prose("text", "m1.0", "said");
  log.prose("thinking", "m1.1", "thought");
  log.tool("m1.2", "t1", "output");
  const thread = folded(log.events);
  const rows = (): unknown => (snapshot(thread) as { rows: unknown }).rows;
  const before = structuredClone(rows());
  for (const event of late) {
    log.add(event);
    assert.equal(fold(thread, log.events.at(-1) as AnyEvent), "folded");
    assert.deepEqual(rows(), before, JSON.stringify(event));
  }
});

test("a hole that is still there after reading again is passed over", () => {
  const log = new LogWriter();
  log.prose("text", "m1.0", "abcdef", 2);
  const holed = log.events.filter((event) => event.seq !== 3);
  const model = new Model();
  assert.equal(model.fold("s_1", holed), "hole");
  model.forget("s_1");
  assert.equal(model.fold("s_1", holed), "folded");
  assert.equal(textOf(model.thread("s_1")), "abcdef");
});

test("a delta at an earlier offset writes over what was there", () => {
  const log = new LogWriter();
  log.add({ type: "block_start", block: "m1.0", kind: "text" });
  log.add({ type: "text_delta", block: "m1.0", offset: 0, delta: "abcd" });
  log.add({ type: "text_delta", block: "m1.0", offset: 1, delta: "X" });
  assert.equal(textOf(folded(log.events)), "aX");
});

test("blocks stand in the order of their starts, not of their ends", () => {
  const log = new LogWriter();
  log.add({ type: "block_start", block: "m1.0", kind: "text" });
  log.add({ type: "block_start", block: "m1.1", kind: "text" });
  log.add({ type: "text", block: "m1.1", text: "second" });
  log.add({ type: "text", block: "m1.0", text: "first " });
  assert.equal(textOf(folded(log.events)), "first second");
});

test("a discarded turn takes its blocks along and no others", () => {
  const log = new LogWriter();
  log.prose("text", "m1.0", "kept ");
  log.prose("text", "m31.0", "kept too ");
  log.tool("m1.1", "t1", "out");
  log.prose("text", "m3.0", "gone");
  log.tool("m3.1", "t3", "out");
  log.add({ type: "turn_discarded", messageId: "m3", reason: "cut" });
  log.prose("text", "m4.0", "again");
  const thread = folded(log.events);
  assert.equal(textOf(thread), "kept kept too again");
  assert.deepEqual([...thread.tools.keys()], ["t1"]);
});

test("a tool card goes from its input to its output", () => {
  const log = new LogWriter();
  log.tool("m1.0", "t1", "hello");
  const thread = emptyThread("s_1");
  const live: string[] = [];
  for (const event of log.events) {
    folded([event], thread);
    const row = thread.rows[0];
    if (row?.kind === "tool") live.push(row.result ? "done" : row.input ? row.liveOutput : "writing");
  }
  assert.deepEqual(live.slice(-4), ["", "hell", "hello", "done"]);
  assert.equal(thread.rows.length, 1);
});

test("an approval is asked for and answered on the tool's own card", () => {
  const log = new LogWriter();
  log.add({ type: "tool_use", block: "m1.0", toolUseId: "t1", tool: "bash", input: {} });
  log.add({ type: "approval_request", toolUseId: "t1", tool: "bash", input: {}, reason: "why" });
  log.add({ type: "approval", toolUseId: "t1", decision: "approved", by: "ada" });
  const row = folded(log.events).tools.get("t1");
  assert.equal(row?.ask?.reason, "why");
  assert.equal(row?.answer?.by, "ada");
});

test("usage and costs add up over the whole tree", () => {
  const model = new Model();
  const usage = { inputTokens: 10, outputTokens: 1, cacheReadTokens: 5 };
  const end = { type: "turn_end", turn: 1, messageId: "m1", stopReason: "end_turn", usage } as const;
  const parent = new LogWriter("s_1");
  parent.add({ type: "agent_spawn", childId: "s_2", task: "t", toolUseId: "t1" });
  parent.add({ ...end, costUsd: 0.25 });
  const child = new LogWriter("s_2");
  child.add({ ...end, costUsd: 0.5 });
  model.fold("s_1", parent.events);
  model.fold("s_2", child.events);
  const counts = { inputTokens: 20, outputTokens: 2, cacheTokens: 10 };
  const total = { ...counts, pricedUsd: 0.75, unpricedTokens: 0, costUsd: 0.75 };
  assert.deepEqual(model.treeUsed("s_1").tally, total);
  const unpriced = new LogWriter("s_2");
  unpriced.add(end);
  model.fold("s_2", unpriced.events);
  assert.equal(model.treeUsed("s_1").tally.costUsd, null);
});

test("an event of a type that is not known keeps its place", () => {
  const log = new LogWriter();
  log.prose("text", "m1.0", "a");
  log.addUnknown("moon_phase", { moons: 3 });
  log.prose("text", "m1.1", "b");
  const kinds = folded(log.events).rows.map((row) => row.kind);
  assert.deepEqual(kinds, ["text", "unknown", "text"]);
});

test("of a run of retries only the last is shown", () => {
  const log = new LogWriter();
  for (const attempt of [1, 2, 3]) log.add({ type: "retry", attempt, delayMs: 1, error: "529" });
  const [row, ...more] = folded(log.events).rows;
  assert.equal(more.length, 0);
  assert.ok(row?.kind === "notice" && row.event.type === "retry" && row.event.attempt === 3);
});

test("a change in a sub-agent touches the calls above it", () => {
  const model = new Model();
  const parent = new LogWriter("s_1");
  parent.add({ type: "agent_spawn", childId: "s_2", task: "t", toolUseId: "t1" });
  model.fold("s_1", parent.events);
  model.thread("s_1").touched.clear();
  const child = new LogWriter("s_2");
  child.prose("text", "m1.0", "a");
  model.fold("s_2", child.events);
  assert.deepEqual([...model.thread("s_1").touched], model.thread("s_1").rows);
});

test("an outcome and the status after it make one row", () => {
  const log = new LogWriter();
  const usage = { inputTokens: 1 };
  log.add({ type: "agent_complete", status: "interrupted", usage });
  log.add({ type: "status", status: "idle", detail: "stopped by ada" });
  const [row, ...more] = folded(log.events).rows;
  assert.equal(more.length, 0);
  assert.ok(row?.kind === "outcome" && row.detail === "stopped by ada");
});

test("a status without an outcome has a row of its own", () => {
  const log = new LogWriter();
  log.add({ type: "status", status: "running" });
  log.add({ type: "status", status: "interrupted" });
  assert.deepEqual(folded(log.events).rows.map((row) => row.kind), ["notice"]);
});
