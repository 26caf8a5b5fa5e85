import assert from "node:assert/strict";
import { test } from "node:test";
import { fold } from "../src/model/fold/fold.ts";
import { Model } from "../src/model/model.ts";
import type { Row } from "../src/model/row.ts";
import { emptyThread } from "../src/model/thread.ts";
import type { Thread } from "../src/model/thread.ts";
import type { AnyEvent } from "../src/protocol.ts";
import { Growth, momentsOf } from "../src/replay/growth.ts";
import { Player, SPEEDS } from "../src/replay/player.ts";
import type { FoldTarget } from "../src/replay/player.ts";
import { IDLE_MS, ReplayTrack } from "../src/replay/track.ts";
import { LogWriter, random, randomLog, swept } from "./log.ts";
import { snapshot } from "./snapshot.ts";

/** Give finals their pace, as a runner would: a pair for each delta. */
function paced(log: readonly AnyEvent[]): AnyEvent[] {
  const clocks = new Map<string, number>();
  const paces = new Map<string, [number, number][]>();
  return log.map((event) => {
    const block = "block" in event ? `${event["block"]}` : "";
    if (event.type === "block_start") {
      clocks.set(block, event.ts);
      paces.set(block, []);
    } else if (event.type === "text_delta" || event.type === "thinking_delta") {
      const delta = "delta" in event ? `${event["delta"]}` : "";
      paces.get(block)?.push([delta.length, event.ts - (clocks.get(block) ?? 0)]);
      clocks.set(block, event.ts);
    } else if (event.type === "text" || event.type === "thinking") {
      return { ...event, pace: paces.get(block) ?? [] } as AnyEvent;
    }
    return event;
  });
}

/** Another time between any two events: now none, now a long one. */
function retimed(log: readonly AnyEvent[], next: () => number): AnyEvent[] {
  let ts = 1_000;
  return log.map((event) => {
    ts += next() < 0.05 ? 60_000 : Math.floor(next() * 300);
    return { ...event, ts };
  });
}

function folded(log: readonly AnyEvent[]): Thread {
  const thread = emptyThread("s_1");
  for (const event of log) fold(thread, event);
  return thread;
}

/** A screen that is a model, as the page's is. */
class ModelScreen implements FoldTarget {
  readonly model = new Model();
  clears = 0;

  fold(session: string, event: AnyEvent): void {
    this.model.fold(session, [event]);
  }

  clear(): void {
    this.clears += 1;
    for (const id of ["s_1", "s_2"]) this.model.forget(id);
  }
}

// An input is written evenly, for want of a pace, and live output is not made anew. The
// test's log may split a character, a runner's never does.
function comparable(thread: Thread): unknown {
  const { lastTs, ...said } = snapshot(thread) as { lastTs: number; rows: Record<string, unknown>[] };
  const rows = said.rows.map(({ inputText, liveOutput, ...row }) => ({
    ...row,
    text: `${row["text"]}`.replace(/[\ud800-\udbff]$/, ""),
  }));
  return { ...said, rows };
}

/** The place at which the clocks of a track say a time. */
function placeOf({ steps }: ReplayTrack, ts: number): number {
  const at = steps.findLastIndex((step) => step.ts <= ts);
  const [last, next] = [steps[at], steps[at + 1]];
  assert.ok(last);
  if (!next) return last.ms;
  return last.ms + ((ts - last.ts) * (next.ms - last.ms)) / (next.ts - last.ts);
}

test("a swept log grows as it was seen, at every moment of it", () => {
  const next = random(31);
  for (let round = 0; round < 100; round += 1) {
    const seen = paced(retimed(randomLog(next).events, next));
    for (const left of [() => 0, next]) {
      const screen = new ModelScreen();
      const track = new ReplayTrack(new Map([["s_1", swept(seen, left)]]));
      const player = new Player(track, screen);
      for (const { ts } of seen) {
        player.seek(placeOf(track, ts));
        const naive = folded(seen.filter((event) => event.ts <= ts));
        assert.deepEqual(comparable(screen.model.thread("s_1")), comparable(naive));
      }
    }
  }
});

test("a replay that has come to its end is a fold of the whole log", () => {
  const next = random(32);
  for (let round = 0; round < 100; round += 1) {
    const log = swept(paced(retimed(randomLog(next).events, next)), next);
    const screen = new ModelScreen();
    const player = new Player(new ReplayTrack(new Map([["s_1", log]])), screen);
    player.speed = SPEEDS[Math.floor(next() * SPEEDS.length)] ?? 1;
    player.play();
    while (player.isPlaying) player.advance(next() * 400);
    assert.ok(player.isAtEnd);
    assert.deepEqual(snapshot(screen.model.thread("s_1")), snapshot(folded(log)));
  }
});

test("wherever it is moved to, it is the fold of what came before that place", () => {
  const next = random(33);
  for (let round = 0; round < 40; round += 1) {
    const logs = new Map(
      ["s_1", "s_2"].map((id) => {
        const log = paced(retimed(randomLog(next).events, next));
        return [id, swept(log, next).map((event) => ({ ...event, sessionId: id }) as AnyEvent)];
      }),
    );
    const track = new ReplayTrack(logs);
    const screen = new ModelScreen();
    const player = new Player(track, screen);
    for (let move = 0; move < 30; move += 1) {
      const kind = next();
      if (kind < 0.5) player.seek(next() * track.lengthMs * 1.1);
      else if (kind < 0.7) player.step(next() < 0.5 ? 1 : -1);
      else {
        player.play();
        player.advance(next() * 900);
      }
      // After a step a part of what comes at the same time may not have come.
      if (kind < 0.5 || kind >= 0.7) assert.equal(player.count, track.countAt(player.ms));
      const naive = { s_1: emptyThread("s_1"), s_2: emptyThread("s_2") };
      for (const { session, event } of track.steps.slice(0, player.count)) {
        fold(naive[session as keyof typeof naive], event);
      }
      for (const id of ["s_1", "s_2"] as const) {
        for (const row of naive[id].rows) growNaively(row, logs.get(id) ?? [], player.ts);
        assert.deepEqual(timeless(screen.model.thread(id)), timeless(naive[id]));
      }
    }
  }
});

/** Write into a block that has not come to its end what was there by then. */
function growNaively(row: Row, log: readonly AnyEvent[], ts: number): void {
  if (!("block" in row) || ("done" in row && row.done) || ("input" in row && row.input)) return;
  const final = log.find((e) => isFinal(e) && e["block"] === row.block);
  const start = log.find((e) => e.type === "block_start" && "block" in e && e["block"] === row.block)?.ts ?? 0;
  if (!final) return;
  if (row.kind === "tool") {
    const text = JSON.stringify((final as unknown as { input: unknown }).input);
    row.inputText = text.slice(0, Math.floor((text.length * (ts - start + 0.01)) / (final.ts - start)));
  } else if ("text" in row) {
    const { pace, text } = final as unknown as { pace: [number, number][]; text: string };
    let at = start;
    let chars = 0;
    for (const [count, ms] of pace) {
      for (let i = 1; i <= count; i += 1) if (at + (ms * i) / count <= ts + 0.01) chars += 1;
      at += ms;
    }
    const cut = text.slice(0, chars);
    row.text = chars < text.length ? cut.replace(/[\ud800-\udbff]$/, "") : cut;
  }
}

function isFinal(event: AnyEvent): event is AnyEvent & { block: string } {
  return ["text", "thinking", "tool_use"].includes(event.type);
}

// A delta moves the time of its thread on, and the naive fold has none.
function timeless(thread: Thread): unknown {
  const { lastTs, ...said } = snapshot(thread) as { lastTs: number };
  return said;
}

test("events of a log keep their order, and what grows has both its ends among them", () => {
  const next = random(34);
  for (let round = 0; round < 100; round += 1) {
    const log = swept(paced(retimed(randomLog(next).events, next)), next);
    const moments = momentsOf(log);
    const events = moments.map(({ event }) => event);
    assert.deepEqual(events, log.filter((event) => events.includes(event)));
    assert.ok(log.filter((event) => !events.includes(event)).every(({ type }) => type.endsWith("_delta")));
    for (const [at, { growth }] of moments.entries()) {
      if (growth) assert.ok(events.indexOf(growth.final) > at);
    }
  }
});

test("no character of two units is split, and a text may shrink again", () => {
  const pace: [number, number][] = [[3, 100], [1, 100]];
  const stamp = { sessionId: "s_1", seq: 2, ts: 200 };
  const growth = new Growth({ type: "text", block: "m.0", text: "😀😀", pace, ...stamp }, 0, 200);
  assert.deepEqual([0, 34, 67, 100, 199, 200, 900].map((ts) => growth.offsetAt(ts)), [0, 0, 2, 2, 2, 4, 4]);
  const deltas = [growth.delta(2, 4, 200), growth.delta(4, 2, 100)];
  assert.deepEqual(deltas.map((event) => "delta" in event && [event["offset"], event["delta"]]), [[2, "😀"], [2, ""]]);
});

test("idle times are shortened, and it is known how long they were", () => {
  const log = new LogWriter();
  for (let i = 0; i < 3; i += 1) log.add({ type: "user_message", text: "go" });
  const ts = [0, 600_000, 600_500];
  const track = new ReplayTrack(new Map([["s_1", log.events.map((event, i) => ({ ...event, ts: ts[i] ?? 0 }))]]));
  assert.deepEqual(track.steps.map(({ ms }) => ms), [0, IDLE_MS, IDLE_MS + 500]);
  assert.deepEqual(track.steps.map(({ idleMs }) => idleMs), [0, 600_000, 0]);
  assert.equal(track.tsAt(IDLE_MS / 2, 1), 300_000);
  const player = new Player(track, new ModelScreen());
  player.step(1);
  player.step(1);
  assert.equal(player.ms, IDLE_MS);
  player.step(-1);
  assert.equal(player.ms, 0);
  assert.ok(player.show("s_1", 3));
  assert.ok(player.isAtEnd);
  assert.ok(!player.show("s_2", 3));
});

test("an empty track is at its end", () => {
  const player = new Player(new ReplayTrack(new Map([["s_1", []]])), new ModelScreen());
  player.play();
  player.advance(10);
  assert.ok(player.isAtEnd && !player.isPlaying);
});
