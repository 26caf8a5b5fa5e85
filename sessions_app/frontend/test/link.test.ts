import assert from "node:assert/strict";
import { test } from "node:test";
import { admit } from "../src/link/admit.ts";
import { backoffMs } from "../src/link/backoff.ts";
import { ASKED_MAX, DEAD_MS, Link, QUIET_MS } from "../src/link/link.ts";
import type { Listener, Wire } from "../src/link/link.ts";
import { Model } from "../src/model/model.ts";
import { textOf } from "../src/model/thread.ts";
import { CLOSE } from "../src/protocol.ts";
import type { AnyEvent, ClientFrame, EventsFrame, ServerFrame } from "../src/protocol.ts";
import { LogWriter, random, randomLog, swept } from "./log.ts";
import { snapshot } from "./snapshot.ts";

/** A wire and a page in memory: what was asked of them stays to be read. */
class Bench implements Wire, Listener {
  readonly sent: ClientFrame[] = [];
  readonly delays: number[] = [];
  readonly model = new Model();
  readonly link = new Link(this, this);
  hungUp = 0;
  acksAsked = 0;
  forgets = 0;
  send(frame: ClientFrame): void {
    this.sent.push(frame);
  }
  connectIn(delayMs: number): void {
    this.delays.push(delayMs);
  }
  hangUp(): void {
    this.hungUp += 1;
  }
  ackSoon(): void {
    this.acksAsked += 1;
  }
  random(): number {
    return 0.5;
  }
  folded(session: string, events: AnyEvent[]): "folded" | "hole" {
    return this.model.fold(session, events);
  }
  begun(session: string, after: number): void {
    this.model.thread(session).start = after;
  }
  forgotten(session: string): void {
    this.forgets += 1;
    this.model.forget(session);
  }
  listed(): void {}
  subscribed(): void {}
  complained(): void {}
  changed(): void {}

  hear(...frames: ServerFrame[]): void {
    for (const frame of frames) this.link.received(frame, 0);
  }
  take(): ClientFrame[] {
    return this.sent.splice(0);
  }
}

function frame(events: AnyEvent[], after: number, upTo: number): EventsFrame {
  const between = events.filter((event) => event.seq > after && event.seq <= upTo);
  return { type: "events", session: "s_1", after, upTo, events: between };
}

function subscribed(head: number, epoch = "e1"): ServerFrame {
  return { type: "subscribed", session: "s_1", head, epoch, status: "running" };
}

function joined(log: LogWriter): Bench {
  const bench = new Bench();
  bench.link.subscribe("s_1");
  bench.link.opened(0);
  bench.hear(subscribed(log.events.length));
  bench.take();
  return bench;
}

function logOf(length: number): LogWriter {
  const log = new LogWriter();
  log.prose("text", "m1.0", "x".repeat(length), 1);
  return log;
}

test("a frame is old, next, overlapping or a hole", () => {
  const { events } = logOf(8);
  assert.equal(admit(5, frame(events, 2, 5)), "old");
  assert.equal(admit(5, frame(events, 6, 8)), "hole");
  assert.deepEqual(admit(5, frame(events, 5, 7)), events.slice(5, 7));
  assert.deepEqual(admit(5, frame(events, 3, 7)), events.slice(5, 7));
});

test("the first subscription asks for everything", () => {
  const bench = new Bench();
  bench.link.subscribe("s_1");
  assert.deepEqual(bench.take(), []);
  bench.link.opened(0);
  assert.deepEqual(bench.take(), [{ type: "subscribe", session: "s_1", after: 0 }]);
});

test("back from a lost connection it goes on at its cursor, in its epoch", () => {
  const log = logOf(8);
  const bench = joined(log);
  bench.hear(frame(log.events, 0, 4));
  bench.link.closed(1006);
  assert.equal(bench.link.state, "reconnecting");
  bench.link.opened(0);
  assert.deepEqual(bench.take(), [{ type: "subscribe", session: "s_1", after: 4, epoch: "e1" }]);
});

test("the badge is live only when every replay has caught up", () => {
  const log = logOf(4);
  const bench = joined(log);
  assert.equal(bench.link.state, "catching-up");
  bench.hear(frame(log.events, 0, 6), { type: "live", session: "s_1", seq: 6 });
  assert.equal(bench.link.state, "live");
});

test("a hole is left and read again from the cursor; stale frames are not folded", () => {
  const log = logOf(8);
  const bench = joined(log);
  bench.hear(frame(log.events, 0, 3), frame(log.events, 5, 7));
  assert.deepEqual(bench.take(), [
    { type: "unsubscribe", session: "s_1" },
    { type: "subscribe", session: "s_1", after: 3, epoch: "e1" },
  ]);
  bench.hear(frame(log.events, 7, 9));
  assert.deepEqual(bench.take(), []);
  bench.hear({ type: "unsubscribed", session: "s_1" }, subscribed(10), frame(log.events, 3, 10));
  assert.equal(textOf(bench.model.thread("s_1")), "x".repeat(8));
});

test("acks count every frame of events on this connection, and are not repeated", () => {
  const log = logOf(8);
  const bench = joined(log);
  bench.hear(frame(log.events, 0, 3), frame(log.events, 0, 3), frame(log.events, 3, 4));
  bench.link.ack();
  bench.link.ack();
  assert.deepEqual(bench.take(), [{ type: "ack", frames: 3 }]);
  assert.equal(bench.acksAsked, 3);
  bench.link.closed(1006);
  bench.link.opened(0);
  bench.take();
  bench.link.ack();
  bench.hear(frame(log.events, 4, 5));
  bench.link.ack();
  assert.deepEqual(bench.take(), [{ type: "ack", frames: 1 }]);
});

test("after a reset everything is forgotten and read again", () => {
  const log = logOf(8);
  const bench = joined(log);
  bench.hear(frame(log.events, 0, 5), { type: "reset", session: "s_1" });
  assert.equal(bench.forgets, 1);
  assert.deepEqual(bench.take(), [{ type: "subscribe", session: "s_1", after: 0 }]);
  const other = new LogWriter();
  other.prose("text", "m1.0", "new", 1);
  bench.hear(subscribed(5, "e2"), frame(other.events, 0, 5));
  assert.equal(textOf(bench.model.thread("s_1")), "new");
});

for (const code of [CLOSE.SLOW_CONSUMER, CLOSE.RESTARTING, 1006]) {
  test(`it comes back after ${code}`, () => {
    const bench = joined(logOf(1));
    bench.link.closed(code);
    assert.equal(bench.delays.length, 1);
    assert.equal(bench.link.state, "reconnecting");
  });
}

for (const [code, state] of [
  [CLOSE.NOT_SIGNED_IN, "signed-out"],
  [CLOSE.NOT_ALLOWED, "refused"],
  [CLOSE.MALFORMED, "refused"],
] as const) {
  test(`it does not come back after ${code}`, () => {
    const bench = joined(logOf(1));
    bench.link.closed(code);
    assert.deepEqual(bench.delays, []);
    assert.equal(bench.link.state, state);
  });
}

test("each failure waits longer, up to a limit, never less than half", () => {
  const waits = Array.from({ length: 12 }, (_, failures) => backoffMs(failures, 0));
  assert.deepEqual(waits, [...waits].sort((a, b) => a - b));
  assert.equal(waits.at(-1), 7_500);
  assert.equal(backoffMs(0, 0.999), 250);
});

test("failures are forgotten once a replay has caught up, not on opening", () => {
  const bench = joined(logOf(1));
  for (let i = 0; i < 3; i += 1) {
    bench.link.closed(1006);
    bench.link.opened(0);
  }
  assert.ok((bench.delays[2] ?? 0) > (bench.delays[0] ?? 0));
  bench.hear(subscribed(3), { type: "live", session: "s_1", seq: 3 });
  bench.link.closed(1006);
  assert.equal(bench.delays[3], bench.delays[0]);
});

test("a quiet server is asked, and one that does not answer is left", () => {
  const bench = joined(logOf(1));
  bench.link.tick(QUIET_MS - 1);
  assert.deepEqual(bench.take(), []);
  bench.link.tick(QUIET_MS);
  assert.deepEqual(bench.take(), [{ type: "ping" }]);
  bench.link.tick(QUIET_MS + DEAD_MS - 1);
  assert.equal(bench.hungUp, 0);
  bench.link.tick(QUIET_MS + DEAD_MS);
  assert.equal(bench.hungUp, 1);
});

test("any word from the server answers a ping", () => {
  const bench = joined(logOf(1));
  bench.link.tick(QUIET_MS);
  bench.link.received({ type: "pong" }, QUIET_MS + 1);
  bench.link.tick(QUIET_MS + DEAD_MS);
  assert.equal(bench.hungUp, 0);
});

test("many subscriptions are asked for a few at a time", () => {
  const bench = new Bench();
  bench.link.opened(0);
  for (let i = 0; i < 100; i += 1) bench.link.subscribe(`s_${i}`);
  assert.equal(bench.take().length, ASKED_MAX);
  bench.hear({ type: "subscribed", session: "s_0", head: 0, epoch: "e", status: "running" });
  assert.deepEqual(bench.take(), [{ type: "subscribe", session: `s_${ASKED_MAX}`, after: 0 }]);
  bench.hear({ type: "error", code: "not_found", message: "no", session: "s_1" });
  assert.equal(bench.take().length, 1);
});

test("a hole inside the log itself is read again once, then lived with", () => {
  const log = logOf(6);
  const holed = log.events.filter((event) => event.seq !== 3);
  const bench = joined(log);
  bench.hear(frame(holed, 0, 8));
  assert.equal(bench.forgets, 1);
  assert.equal(bench.take().length, 2);
  bench.hear({ type: "unsubscribed", session: "s_1" }, subscribed(8), frame(holed, 0, 8));
  assert.equal(bench.forgets, 1);
  assert.equal(textOf(bench.model.thread("s_1")), "x".repeat(6));
});

test("whatever is lost, doubled or cut, it ends with the whole log", () => {
  const next = random(11);
  for (let round = 0; round < 200; round += 1) {
    const { events } = randomLog(next);
    const bench = new Bench();
    bench.link.subscribe("s_1");
    bench.link.opened(0);
    for (let step = 0; cursorOf(bench) < events.length; step += 1) {
      assert.ok(step < 10_000);
      misbehave(bench, events, next);
    }
    const whole = new Model();
    whole.fold("s_1", events);
    assert.deepEqual(snapshot(bench.model.thread("s_1")), snapshot(whole.thread("s_1")));
  }
});

function cursorOf(bench: Bench): number {
  return bench.link.subscriptions.get("s_1")?.cursor ?? 0;
}

/** One step of a bad network: requests are answered, frames come as they like. */
function misbehave(bench: Bench, events: AnyEvent[], next: () => number): void {
  for (const asked of bench.take()) {
    if (asked.type === "unsubscribe") bench.hear({ type: "unsubscribed", session: "s_1" });
    if (asked.type === "subscribe") bench.hear(subscribed(events.length));
  }
  if (next() < 0.05) {
    bench.link.closed(1006);
    bench.link.opened(0);
    return;
  }
  const near = cursorOf(bench) + Math.floor(next() * 8) - 3;
  const after = Math.min(events.length, Math.max(0, near));
  const upTo = Math.min(events.length, after + Math.floor(next() * 9));
  bench.hear(frame(next() < 0.5 ? events : swept(events, next), after, upTo));
}

test("a session that is opened at its end is then followed by its cursor", () => {
  const { events } = randomLog(random(9));
  const bench = new Bench();
  bench.link.subscribe("s_1", 3);
  bench.link.opened(0);
  assert.deepEqual(bench.take(), [{ type: "subscribe", session: "s_1", tail: 3 }]);
  bench.hear(subscribed(events.length), frame(events, 2, 4));
  assert.equal(bench.model.thread("s_1").start, 2);
  bench.link.closed(1006);
  bench.link.opened(0);
  const again = { type: "subscribe", session: "s_1", after: 4, epoch: "e1" };
  assert.deepEqual(bench.take(), [again]);
});

test("a session whose end has not come is asked for by its end again", () => {
  const bench = new Bench();
  bench.link.subscribe("s_1", 3);
  bench.link.opened(0);
  bench.link.closed(1006);
  bench.link.opened(0);
  const asked = { type: "subscribe", session: "s_1", tail: 3 };
  assert.deepEqual(bench.take(), [asked, asked]);
});

test("a session that is followed again at once hears nothing of its earlier subscription", () => {
  const log = logOf(8);
  const bench = joined(log);
  bench.hear(frame(log.events, 0, 3));
  bench.link.unsubscribe("s_1");
  bench.link.unsubscribe("s_1"); // it is none any more
  bench.hear(frame(log.events, 3, 5)); // was on its way
  bench.model.forget("s_1");
  bench.link.subscribe("s_1", 4);
  assert.deepEqual(bench.take(), [
    { type: "unsubscribe", session: "s_1" },
    { type: "subscribe", session: "s_1", tail: 4 },
  ]);
  bench.hear(frame(log.events, 5, 6), { type: "live", session: "s_1", seq: 6 });
  assert.equal(bench.link.state, "catching-up");
  bench.hear({ type: "unsubscribed", session: "s_1" }, subscribed(10), frame(log.events, 0, 10));
  bench.hear({ type: "live", session: "s_1", seq: 10 });
  assert.equal(bench.link.state, "live");
  assert.equal(textOf(bench.model.thread("s_1")), "x".repeat(8));
});

test("a session that is not followed any more is not asked for again", () => {
  const bench = joined(logOf(8));
  bench.link.unsubscribe("s_1");
  bench.take();
  bench.link.closed(1006);
  bench.link.opened(0);
  assert.deepEqual(bench.take(), []);
  bench.link.subscribe("s_1", 4); // on the new connection nothing stale is to be awaited
  bench.hear(subscribed(10), { type: "live", session: "s_1", seq: 10 });
  assert.equal(bench.link.state, "live");
});
