import assert from "node:assert/strict";
import { test } from "node:test";
import { fold } from "../../src/model/fold/fold.ts";
import { join } from "../../src/model/fold/join.ts";
import { emptyThread } from "../../src/model/thread.ts";
import type { Thread } from "../../src/model/thread.ts";
import type { AnyEvent } from "../../src/protocol.ts";
import { LogWriter, random, randomLog, swept } from "../log.ts";
import { snapshot } from "../snapshot.ts";

function folded(events: AnyEvent[]): Thread {
  const thread = emptyThread("s_1");
  thread.start = (events[0]?.seq ?? 1) - 1;
  for (const event of events) fold(thread, event);
  return thread;
}

/** Read from the end: the last part first, then what is before it, part by part. */
function readBackwards(events: AnyEvent[], cuts: number[]): Thread {
  const ends = [...cuts, events.length];
  const parts = ends.map((end, i) => events.slice(ends[i - 1] ?? 0, end));
  const thread = folded(parts.pop() ?? []);
  for (const part of parts.toReversed()) join(folded(part), thread);
  return thread;
}

function turnsOf(events: AnyEvent[]): number[] {
  return events.flatMap((event, i) => (event.type === "turn_start" && i > 0 ? [i] : []));
}

test("a log that was read from its end, turn by turn, is as if read from its start", () => {
  const next = random(21);
  for (let round = 0; round < 300; round += 1) {
    const { events } = randomLog(next);
    for (const log of [events, swept(events, next)]) {
      const cuts = turnsOf(log).filter(() => next() < 0.7);
      assert.deepEqual(snapshot(readBackwards(log, cuts)), snapshot(folded(log)));
    }
  }
});

test("a swept log may be cut anywhere outside of a stream", () => {
  const next = random(22);
  for (let round = 0; round < 60; round += 1) {
    const { events } = randomLog(next);
    const log = swept(events, () => 0).filter((event) => event.type !== "turn_discarded");
    for (let cut = 1; cut < log.length; cut += 1) {
      assert.deepEqual(snapshot(readBackwards(log, [cut])), snapshot(folded(log)));
    }
  }
});

test("a result, an answer and an end that come in a later turn find what they are of", () => {
  const log = new LogWriter();
  log.add({ type: "turn_start", turn: 1, messageId: "m1", model: "m" });
  log.add({ type: "block_start", block: "m1.0", kind: "text" });
  log.add({ type: "text_delta", block: "m1.0", offset: 0, delta: "half" });
  log.add({ type: "tool_use", block: "m1.1", toolUseId: "t1", tool: "bash", input: {} });
  log.add({ type: "approval_request", toolUseId: "t1", tool: "bash", input: {}, reason: "" });
  log.add({ type: "agent_spawn", childId: "s_2", task: "t", toolUseId: "t1" });
  log.add({ type: "turn_start", turn: 2, messageId: "m2", model: "m" });
  log.add({ type: "text", block: "m1.0", text: "half and half", partial: true });
  log.add({ type: "approval", toolUseId: "t1", decision: "approved", by: "ada" });
  log.add({ type: "tool_result", toolUseId: "t1", tool: "bash", output: "o", isError: false, durationMs: 1 });
  assert.deepEqual(snapshot(readBackwards(log.events, [6])), snapshot(folded(log.events)));
});

test("a message that is thrown away later is gone", () => {
  const log = new LogWriter();
  log.add({ type: "turn_start", turn: 1, messageId: "m1", model: "m" });
  log.prose("text", "m1.0", "gone");
  log.add({ type: "turn_start", turn: 2, messageId: "m2", model: "m" });
  log.add({ type: "turn_discarded", messageId: "m1", reason: "cut" });
  const cut = log.events.length - 2;
  assert.deepEqual(snapshot(readBackwards(log.events, [cut])), snapshot(folded(log.events)));
});

test("runs of notices and an outcome's status are one row across a cut", () => {
  const log = new LogWriter();
  log.add({ type: "retry", attempt: 1, delayMs: 1, error: "529" });
  log.add({ type: "retry", attempt: 2, delayMs: 1, error: "529" });
  log.add({ type: "agent_complete", status: "interrupted", usage: {} });
  log.add({ type: "status", status: "idle", detail: "stopped by ada" });
  for (const cuts of [[1], [3], [1, 3], [1, 2, 3]]) {
    assert.deepEqual(snapshot(readBackwards(log.events, cuts)), snapshot(folded(log.events)));
  }
});
