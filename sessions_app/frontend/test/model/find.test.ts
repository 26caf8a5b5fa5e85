import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../../src/model/model.ts";
import { placesOf, step } from "../../src/model/navigation/place.ts";
import { soughtIn } from "../../src/model/navigation/sought.ts";
import { LogWriter } from "../log.ts";

function model(): Model {
  const log = new LogWriter();
  log.add({ type: "user_message", text: "Mend the Needle" });
  log.prose("text", "m1.0", "I look for it");
  log.add({ type: "tool_use", block: "m1.1", toolUseId: "t1", tool: "spawn_agent", input: { prompt: "seek" } });
  log.add({ type: "agent_spawn", toolUseId: "t1", childId: "s_2", task: "seek" });
  log.add({ type: "tool_use", block: "m1.2", toolUseId: "t2", tool: "edit_file", input: { path: "a.py", new_string: "a needle" } });
  log.add({ type: "tool_result", toolUseId: "t2", tool: "edit_file", output: "no such file", isError: true, durationMs: 1 });
  const child = new LogWriter("s_2");
  child.prose("text", "c1.0", "here is the needle");
  const made = new Model();
  made.fold("s_1", log.events);
  made.fold("s_2", child.events);
  return made;
}

test("a text is found wherever it is, whatever its case, in the order in which it is shown", () => {
  const isGood = soughtIn("text", "NEEDLE");
  const found = placesOf(model(), "s_1").filter(({ row }) => isGood(row));
  assert.deepEqual(found.map(({ session, row }) => [session, row.kind]), [
    ["s_1", "message"],
    ["s_2", "text"],
    ["s_1", "tool"],
  ]);
});

test("errors, edits and messages are told from other rows", () => {
  const places = placesOf(model(), "s_1");
  const kinds = (kind: "error" | "edit" | "message" | "approval"): number =>
    places.filter(({ row }) => soughtIn(kind, "")(row)).length;
  assert.deepEqual([kinds("error"), kinds("edit"), kinds("message"), kinds("approval")], [1, 1, 1, 0]);
});

test("steps go from match to match, both ways and round the end", () => {
  const places = placesOf(model(), "s_1");
  const isGood = soughtIn("text", "needle");
  const good = places.map(({ row }) => row).filter(isGood);
  for (const by of [1, -1] as const) {
    let at = step(places, null, by, isGood)?.row ?? null;
    assert.equal(at, good.at(by > 0 ? 0 : -1));
    for (let i = 1; i <= 4; i += 1) {
      at = step(places, at, by, isGood)?.row ?? null;
      const index = by > 0 ? i % 3 : (2 - i + 6) % 3;
      assert.equal(at, good[index]);
    }
  }
  assert.equal(step(places, null, 1, soughtIn("text", "absent")), null);
  assert.equal(step(places, null, 1, soughtIn("text", "")), null);
  assert.equal(step([], null, 1, () => true), null);
});
