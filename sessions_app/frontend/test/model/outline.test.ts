import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../../src/model/model.ts";
import { firstWords, Outline } from "../../src/model/navigation/outline.ts";
import { LogWriter } from "../log.ts";

function model(): Model {
  const log = new LogWriter();
  log.add({ type: "user_message", text: "Mend it" });
  log.prose("thinking", "m1.0", "hm");
  log.prose("text", "m1.1", "I look");
  log.prose("text", "m1.2", " \n");
  log.tool("m1.3", "t0", "out");
  log.add({ type: "tool_use", block: "m1.4", toolUseId: "t1", tool: "spawn_agent", input: {} });
  log.add({ type: "agent_spawn", toolUseId: "t1", childId: "s_2", task: "seek" });
  log.add({ type: "tool_use", block: "m1.5", toolUseId: "t2", tool: "edit_file", input: {} });
  log.add({ type: "approval_request", toolUseId: "t2", tool: "edit_file", input: {}, reason: "" });
  log.add({ type: "tool_use", block: "m1.6", toolUseId: "t3", tool: "edit_file", input: {} });
  log.add({ type: "tool_result", toolUseId: "t3", tool: "edit_file", output: "", isError: true, durationMs: 1 });
  log.add({ type: "tool_use", block: "m1.7", toolUseId: "t4", tool: "write_file", input: {} });
  log.add({ type: "error", code: "x", message: "broken", fatal: true });
  const child = new LogWriter("s_2");
  child.prose("text", "c1.0", "found");
  const made = new Model();
  made.fold("s_1", log.events);
  made.fold("s_2", child.events);
  return made;
}

test("an outline names messages, what was said, agents, errors, approvals and edits", () => {
  const { headings } = new Outline(model(), "s_1");
  assert.deepEqual(headings.map(({ kind, depth }) => [kind, depth]), [
    ["message", 0],
    ["said", 0],
    ["agent", 0],
    ["said", 1],
    ["approval", 0],
    ["error", 0],
    ["edit", 0],
    ["error", 0],
  ]);
});

test("every row is below the last heading before it", () => {
  const made = model();
  const outline = new Outline(made, "s_1");
  const named = new Set(outline.headings.map(({ place }) => place.row));
  let last = -1;
  const walk = (session: string): void => {
    for (const row of made.thread(session).rows) {
      if (named.has(row)) last += 1;
      assert.equal(outline.indexAt(session, row.key), last);
      if (row.kind === "tool" && row.child) walk(row.child.id);
    }
  };
  walk("s_1");
  assert.equal(last, outline.headings.length - 1);
  assert.equal(outline.indexAt("s_1", "none"), -1);
});

test("a text is named by its first heading, else by its first words, without signs", () => {
  assert.equal(firstWords("Well.\n\n## The `plan` ##\nthen"), "The plan");
  assert.equal(firstWords("\n\n**Done**: see [the file](a.py)\nmore"), "Done: see the file");
  assert.equal(firstWords("- *one*\n- two"), "one");
  assert.equal(firstWords(""), "");
});
