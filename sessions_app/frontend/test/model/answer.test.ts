import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../../src/model/model.ts";
import { answerBefore, modelBefore } from "../../src/model/navigation/answer.ts";
import { isFirstUnseen } from "../../src/view/timeline/seen_line.ts";
import { LogWriter } from "../log.ts";

test("the answer of a run is its last texts, as they were written, after its last call", () => {
  const log = new LogWriter();
  log.add({ type: "session_started", model: "opus", workdir: "/w", permissionMode: "default", engine: "", resumed: false });
  log.add({ type: "user_message", text: "Mend it" });
  log.prose("text", "m1.0", "I look");
  log.tool("m1.1", "t0", "out");
  log.prose("thinking", "m2.0", "hm");
  log.prose("text", "m2.1", "It is **mended**.\n");
  log.prose("text", "m2.2", "See `a.py`.");
  log.add({ type: "agent_complete", status: "success", durationMs: 1, usage: {}, costUsd: 0 });
  const model = new Model();
  model.fold("s_1", log.events);
  const { rows } = model.thread("s_1");
  const end = rows.at(-1);
  assert.equal(end?.kind, "outcome");
  assert.ok(end);
  assert.equal(answerBefore(rows, end), "It is **mended**.\n\nSee `a.py`.");
  assert.equal(modelBefore(rows, end), "opus");
  assert.equal(answerBefore(rows, rows[2]!), "");
});

test("one row is the first that was not seen, wherever the reader left", () => {
  const log = new LogWriter();
  log.add({ type: "user_message", text: "one" });
  log.prose("text", "m1.0", "I look");
  log.tool("m1.1", "t0", "out");
  log.prose("text", "m2.1", "Done");
  const model = new Model();
  model.fold("s_1", log.events);
  const { rows } = model.thread("s_1");
  const last = log.events.length;
  for (let seen = 0; seen <= last; seen += 1) {
    const lines = rows.filter((row, i) => i > 0 && isFirstUnseen(rows[i - 1]!, row, seen));
    const isSomethingNew = seen > 0 && rows.some((row) => (row.seqs[0] ?? 0) > seen);
    assert.equal(lines.length, isSomethingNew ? 1 : 0, `seen up to ${seen}`);
  }
});
