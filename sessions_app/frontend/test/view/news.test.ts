import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionStatus } from "../../src/protocol.ts";
import { news } from "../../src/view/notification/news.ts";
import type { Standing } from "../../src/view/notification/news.ts";

function standing(status: SessionStatus | null, statusSeq: number, asks = 0): Standing {
  return { status, statusSeq, asks };
}

const running = standing("running", 3);
const asking = standing("waiting", 9, 1);

test("a question is news, an answer is none", () => {
  assert.equal(news(running, asking), "Needs your approval");
  assert.equal(news(asking, { ...asking, asks: 3 }), "Needs 3 approvals");
  assert.equal(news(asking, standing("running", 12)), null);
  assert.equal(news(asking, asking), null);
});

test("an end is told once, also where nobody looked between it and the one before", () => {
  const done = standing("completed", 20);
  assert.equal(news(running, done), "Done");
  assert.equal(news(running, standing("failed", 20)), "Failed");
  assert.equal(news(standing("queued", 0), standing("failed", 5)), "Failed");
  assert.equal(news(done, standing("completed", 40)), "Done");
  assert.equal(news(done, done), null);
});

test("what had ended before somebody came is no news when its log is read", () => {
  assert.equal(news(standing("completed", 0), standing("completed", 20)), null);
  assert.equal(news(standing(null, 0), standing("completed", 20)), null);
});

test("what a person did himself is no news to him", () => {
  for (const status of ["idle", "cancelled"] as const) {
    assert.equal(news(running, standing(status, 20)), null);
  }
});
