import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../../src/model/model.ts";
import { tally } from "../../src/model/tally.ts";
import { usedBy } from "../../src/model/used.ts";
import type { AnyEvent } from "../../src/protocol.ts";
import { LogWriter, random } from "../log.ts";

/** Turns that end well, are thrown away, or are summed up. */
function spendingLog(next: () => number): LogWriter {
  const log = new LogWriter();
  for (let turn = 1; turn <= 8; turn += 1) {
    const messageId = `m${turn}`;
    const usage = { inputTokens: Math.ceil(next() * 99), outputTokens: 7, cacheReadTokens: 5 };
    const costUsd = Math.round(next() * 8) / 8; // sums of these are exact
    log.add({ type: "turn_start", turn, messageId, model: "m" });
    if (next() < 0.2) log.add({ type: "turn_discarded", messageId, reason: "", usage, costUsd });
    else if (next() < 0.2) log.add({ type: "compacted", summary: "", reason: "", usage, costUsd });
    else log.add({ type: "turn_end", turn, messageId, stopReason: "end_turn", usage, costUsd });
  }
  return log;
}

/** The naive way: one sum over the whole log. */
function naiveTokensAndCost(events: AnyEvent[]): [number, number] {
  let tokens = 0;
  let cost = 0;
  for (const event of events as Record<string, any>[]) {
    tokens += event["usage"]?.inputTokens ?? 0;
    cost += event["costUsd"] ?? 0;
  }
  return [tokens, cost];
}

test("what a session used is whole wherever its log was opened, and however it was read on", () => {
  const next = random(5);
  for (let round = 0; round < 200; round += 1) {
    const { events } = spendingLog(next);
    const start = 2 * Math.floor(next() * 8);
    const seq = start + Math.floor(next() * (events.length - start + 1));
    const [inputTokens, costUsd] = naiveTokensAndCost(events.slice(0, seq));
    const model = new Model();
    const thread = model.thread("s_1");
    const reported = tally({ inputTokens, outputTokens: 1 }, costUsd);
    Object.assign(thread, { start, reported: { seq, tally: reported, startTs: 0, hasAgents: false } });
    model.fold("s_1", events.slice(start));
    for (const begun of [start, Math.floor(start / 4) * 2, 0]) {
      if (begun < thread.start) model.prepend("s_1", begun, events.slice(begun, thread.start));
      const { tally: used, isWhole } = usedBy(thread);
      assert.ok(isWhole);
      assert.deepEqual([used.inputTokens, used.costUsd], naiveTokensAndCost(events));
    }
  }
});

test("the end of a program's run adds what its turns had not told, and prices them", () => {
  const log = new LogWriter();
  const usage = { inputTokens: 1000, outputTokens: 10 };
  log.add({ type: "turn_end", turn: 1, messageId: "m1", stopReason: "end_turn", usage });
  const end = { type: "agent_complete", status: "success", usage, costUsd: 0.25 } as const;
  const restUsage = { inputTokens: 5 };
  log.add({ ...end, restUsage, restCostUsd: 0.25, pricedTokens: 1010 });
  log.add({ type: "turn_end", turn: 2, messageId: "m2", stopReason: "end_turn", usage: {}, costUsd: 1 });
  for (const first of [0, 1]) {
    const model = new Model();
    const thread = model.thread("s_1");
    thread.start = first;
    model.fold("s_1", log.events.slice(first, 2));
    if (first === 1) model.prepend("s_1", 0, log.events.slice(0, 1));
    assert.equal(usedBy(thread).tally.costUsd, 0.25);
    assert.equal(usedBy(thread).tally.inputTokens, 1005);
    model.fold("s_1", log.events.slice(2));
    assert.equal(usedBy(thread).tally.costUsd, 1.25);
  }
  const model = new Model();
  model.fold("s_1", log.events.slice(0, 1));
  assert.equal(usedBy(model.thread("s_1")).tally.costUsd, null, "before its end nobody knows");
});

test("figures are called incomplete while part of what counts was not read", () => {
  const { events } = spendingLog(random(6));
  const model = new Model();
  const thread = model.thread("s_1");
  thread.start = 8;
  model.fold("s_1", events.slice(8));
  assert.equal(model.treeUsed("s_1").isWhole, false, "nobody told");
  thread.reported = { seq: 7, tally: tally({}, 0), startTs: 0, hasAgents: false };
  assert.equal(model.treeUsed("s_1").isWhole, false, "told of less than was left out");
  thread.reported = { seq: 8, tally: tally({}, 0), startTs: 0, hasAgents: true };
  assert.equal(model.treeUsed("s_1").isWhole, false, "sub-agents that were not read");
  thread.reported = { seq: 8, tally: tally({}, 0), startTs: 0, hasAgents: false };
  assert.equal(model.treeUsed("s_1").isWhole, true);
  thread.children.push("s_2");
  assert.equal(model.treeUsed("s_1").isWhole, false, "a sub-agent that was not read");
});

test("the context is what the last turn was about, until it is summed up", () => {
  const log = new LogWriter();
  const usage = { inputTokens: 10, outputTokens: 20, cacheReadTokens: 300 };
  log.add({ type: "turn_end", turn: 1, messageId: "m1", stopReason: "end_turn", usage });
  log.add({ type: "compacted", summary: "", reason: "", usage });
  const model = new Model();
  const thread = model.thread("s_1");
  model.fold("s_1", log.events.slice(0, 1));
  assert.equal(thread.contextTokens, 330);
  model.fold("s_1", log.events.slice(1));
  assert.equal(thread.contextTokens, 0);
});
