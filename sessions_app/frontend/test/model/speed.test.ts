import assert from "node:assert/strict";
import { test } from "node:test";
import { Speed } from "../../src/model/speed.ts";
import type { AnyEvent } from "../../src/protocol.ts";

const START = 1_700_000_000_000; // ms, of the log's clock

function delta(ts: number, delta: string): AnyEvent {
  return { type: "text_delta", sessionId: "s_1", seq: 1, ts, block: "m1.0", offset: 0, delta };
}

/** Tell a second of text, in deltas of 20 characters, ten times a second. */
function tell(speed: Speed, from: number, seconds: number, nowMs = from): void {
  for (let ms = 0; ms < seconds * 1_000; ms += 100) {
    speed.record([delta(START + from + ms, "x".repeat(20))], nowMs + ms);
  }
}

test("text at an even pace has that speed", () => {
  const speed = new Speed();
  tell(speed, 0, 10);
  const found = speed.tokensPerSecond(10_000);
  assert.ok(Math.abs(found - 50) < 5, `${found}`);
});

test("what was caught up with in no time has the speed it was said at", () => {
  const speed = new Speed();
  for (let ms = 0; ms < 10_000; ms += 100) speed.record([delta(START + ms, "x".repeat(20))], 7);
  const found = speed.tokensPerSecond(8);
  assert.ok(Math.abs(found - 50) < 5, `${found}`);
});

test("the speed fades within seconds when nothing is said any more", () => {
  const speed = new Speed();
  tell(speed, 0, 10);
  const while_ = speed.tokensPerSecond(12_500);
  assert.ok(while_ > 10 && while_ < 40, `${while_}`);
  assert.equal(speed.tokensPerSecond(16_000), 0);
});

test("the first words are not taken for a flood", () => {
  const speed = new Speed();
  speed.record([delta(START, "x".repeat(20))], 0);
  assert.equal(speed.tokensPerSecond(1), 5);
});

test("a turn's usage says how many characters a token has, within reason", () => {
  const stamp = { sessionId: "s_1", seq: 1, ts: START };
  const turn = (chars: number, outputTokens: number): AnyEvent[] => [
    { ...stamp, type: "turn_start", turn: 1, messageId: "m1", model: "m" },
    { ...stamp, type: "text", block: "m1.0", text: "x".repeat(chars) },
    { ...stamp, type: "turn_end", turn: 1, messageId: "m1", stopReason: "", usage: { outputTokens } },
  ];
  for (const [chars, tokens, wanted] of [[1_000, 200, 40], [1_000, 1_000, 100], [100, 50, 50]] as const) {
    const speed = new Speed();
    speed.record(turn(chars, tokens), 0);
    tell(speed, 0, 10);
    const found = speed.tokensPerSecond(10_000);
    assert.ok(Math.abs(found - wanted) < wanted / 10, `${found}`);
  }
});
