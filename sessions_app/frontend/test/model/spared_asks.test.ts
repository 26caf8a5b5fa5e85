import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../../src/model/model.ts";
import { sparedAsks } from "../../src/model/navigation/spared_asks.ts";
import type { ToolRow } from "../../src/model/row.ts";
import { LogWriter } from "../log.ts";

test("a rule would have answered the earlier questions that carried it, and no other", () => {
  const log = new LogWriter();
  const ask = (id: string, tool: string, rule: string): void => {
    log.add({ type: "tool_use", block: `m1.${id}`, toolUseId: id, tool, input: {} });
    log.add({ type: "approval_request", toolUseId: id, tool, input: {}, reason: "", rule });
  };
  ask("a", "edit_file", "edit_file");
  ask("b", "bash", "bash(ls)");
  log.add({ type: "tool_use", block: "m1.c", toolUseId: "c", tool: "edit_file", input: {} }); // was not asked
  ask("d", "edit_file", "edit_file");
  ask("e", "bash", "");
  ask("f", "edit_file", "edit_file");
  const model = new Model();
  model.fold("s_1", log.events);
  const thread = model.thread("s_1");
  const spared = (id: string): string[] => {
    const row = thread.rows.find((one): one is ToolRow => one.kind === "tool" && one.toolUseId === id);
    assert.ok(row);
    return sparedAsks(thread, row).map(({ toolUseId }) => toolUseId);
  };
  assert.deepEqual(spared("d"), ["a"]);
  assert.deepEqual(spared("f"), ["a", "d"]);
  assert.deepEqual(spared("b"), []);
  assert.deepEqual(spared("e"), []);
});
