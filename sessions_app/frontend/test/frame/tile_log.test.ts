import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyEvent } from "../../src/protocol.ts";
import { TileLog } from "../../src/wall/tile_log.ts";

let seq = 0;
function event(fields: Record<string, unknown>): AnyEvent {
  seq += 1;
  return { sessionId: "s", seq, ts: seq, ...fields } as unknown as AnyEvent;
}

test("a tile keeps the end of a log and no more, and it is the end of the text", () => {
  const log = new TileLog();
  let whole = "";
  for (let n = 0; n < 5_000; n += 1) {
    const delta = `word ${n} `;
    log.fold([event({ type: "text_delta", block: "b", offset: whole.length, delta })]);
    whole += delta;
  }
  assert.equal(log.lines.length, 1);
  assert.equal(log.lines[0]?.text, whole.slice(-900));
  log.fold([event({ type: "text", block: "b", text: whole })]); // the final changes nothing
  assert.equal(log.lines[0]?.text, whole.slice(-900));
  for (let n = 0; n < 100; n += 1) log.fold([event({ type: "text", block: `b${n}`, text: `${n}` })]);
  assert.deepEqual(log.lines.map(({ text }) => text), Array.from({ length: 14 }, (_, n) => `${86 + n}`));
});

test("a question stands until it is answered, has a result, or its turn is over", () => {
  const asks = (...events: AnyEvent[]): string[] => {
    const log = new TileLog();
    log.fold(events);
    return [...log.asks.values()];
  };
  const asked = event({ type: "approval_request", toolUseId: "t", tool: "bash", input: { command: "make\nall" }, reason: "" });
  assert.deepEqual(asks(asked), ["bash: make"]);
  assert.deepEqual(asks(asked, event({ type: "approval", toolUseId: "t", decision: "approved" })), []);
  assert.deepEqual(asks(asked, event({ type: "tool_result", toolUseId: "t", tool: "bash", output: "" })), []);
  assert.deepEqual(asks(asked, event({ type: "turn_start", turn: 2, messageId: "m", model: "" })), []);
});
