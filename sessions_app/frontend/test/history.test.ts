import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../src/link/history.ts";
import type { ReadBefore } from "../src/link/history.ts";
import { Model } from "../src/model/model.ts";
import type { AnyEvent } from "../src/protocol.ts";
import { random, randomLog } from "./log.ts";
import { snapshot } from "./snapshot.ts";

/** The server's answer: so many events before a seq. */
function pages(events: AnyEvent[], limit: number): ReadBefore {
  return async (before) => {
    const page = events.filter(({ seq }) => seq < before).slice(-limit);
    const first = page[0]?.seq ?? 1;
    return { after: first - 1, events: page };
  };
}

test("a log read backwards by pages of any size is the log", async () => {
  const next = random(31);
  for (let round = 0; round < 200; round += 1) {
    const { events } = randomLog(next);
    const turns = events.filter(({ type }) => type === "turn_start");
    const start = (turns[Math.floor(next() * turns.length)]?.seq ?? 1) - 1;
    const model = new Model();
    model.thread("s_1").start = start;
    model.fold("s_1", events.slice(start));
    const history = new History(start, pages(events, 1 + Math.floor(next() * 9)));
    while (!history.isWhole) {
      const older = await history.older();
      if (older) model.prepend("s_1", older.start, older.events);
    }
    const whole = new Model();
    whole.fold("s_1", events);
    assert.deepEqual(snapshot(model.thread("s_1")), snapshot(whole.thread("s_1")));
    assert.equal(await history.older(), null);
  }
});

test("what is being read is not asked for twice", async () => {
  const { events } = randomLog(random(32));
  let asked = 0;
  const read = pages(events, 500);
  const history = new History(events.length, (before) => {
    asked += 1;
    return read(before);
  });
  const [first, second] = await Promise.all([history.older(), history.older()]);
  assert.ok(first);
  assert.equal(second, null);
  assert.equal(asked, 1);
});
