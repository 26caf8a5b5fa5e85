import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../../src/model/model.ts";
import { rowAt } from "../../src/model/navigation/row_at.ts";
import { Permalink } from "../../src/page/permalink.ts";
import { LogWriter, random, randomLog } from "../log.ts";

test("a link to any event of a block or a call leads to its row", () => {
  const log = new LogWriter();
  log.prose("text", "m1.0", "some words");
  log.tool("m1.1", "t1", "output");
  const model = new Model();
  model.fold("s_1", log.events);
  const thread = model.thread("s_1");
  for (const event of log.events) {
    const isTool = "toolUseId" in event || ("block" in event && event.block === "m1.1");
    assert.equal(rowAt(thread, event.seq)?.kind, isTool ? "tool" : "text", event.type);
  }
});

test("a result that comes after other rows leads to its own call", () => {
  const log = new LogWriter();
  log.add({ type: "tool_use", block: "m1.0", toolUseId: "a", tool: "bash", input: {} });
  log.add({ type: "tool_use", block: "m1.1", toolUseId: "b", tool: "bash", input: {} });
  log.add({ type: "tool_result", toolUseId: "a", tool: "bash", output: "", isError: false, durationMs: 1 });
  const model = new Model();
  model.fold("s_1", log.events);
  const row = rowAt(model.thread("s_1"), 3);
  assert.equal(row?.kind === "tool" && row.toolUseId, "a");
});

test("a link leads to the same row however the log was read", () => {
  const next = random(77);
  for (let round = 0; round < 200; round += 1) {
    const { events } = randomLog(next);
    const whole = new Model();
    whole.fold("s_1", events);
    const turns = events.filter(({ type }) => type === "turn_start");
    const cut = (turns[Math.floor(next() * turns.length)]?.seq ?? 1) - 1;
    const joined = new Model();
    joined.thread("s_1").start = cut;
    joined.fold("s_1", events.slice(cut));
    joined.prepend("s_1", 0, events.slice(0, cut));
    for (const { seq, type } of events) {
      if (type.endsWith("_delta")) continue;
      const found = rowAt(joined.thread("s_1"), seq);
      assert.equal(found?.key, rowAt(whole.thread("s_1"), seq)?.key, `${type} ${seq}, cut at ${cut}`);
    }
  }
});

test("older history is read until the event is there, and it is shown once", () => {
  const link = new Permalink();
  assert.equal(link.aim("#e50"), true);
  const at = { cursor: 100, isLive: true };
  assert.equal(link.next({ ...at, start: null }), "wait");
  assert.equal(link.next({ ...at, start: 80 }), "read older");
  assert.equal(link.next({ ...at, start: 50 }), "read older");
  assert.deepEqual(link.next({ ...at, start: 49 }), { show: 50 });
  assert.equal(link.next({ ...at, start: 49 }), "rest");
});

test("an event beyond the end is waited for while the log is read, then missing", () => {
  const link = new Permalink();
  link.aim("#e500");
  assert.equal(link.next({ start: 0, cursor: 100, isLive: false }), "wait");
  assert.equal(link.next({ start: 0, cursor: 400, isLive: true }), "missing");
  assert.equal(link.next({ start: 0, cursor: 400, isLive: true }), "rest");
});

test("what names no event is let be", () => {
  for (const hash of ["", "#", "#e", "#e0", "#e-1", "#e1x", "#main", "#e12345678901234567890"]) {
    assert.equal(new Permalink().aim(hash), false, hash);
  }
});
