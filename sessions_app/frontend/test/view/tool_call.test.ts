import assert from "node:assert/strict";
import { test } from "node:test";
import { callOf, changesOf } from "../../src/model/tool_call.ts";
import { withDetails } from "../../src/model/tool_details.ts";
import { presentationOf } from "../../src/view/presentation/presentation.ts";
import { toolName } from "../../src/view/presentation/tool_name.ts";

type Fields = Record<string, unknown>;

function shapeOf(input: Fields, kind: "" | "read" | "edit" = ""): string {
  return callOf({ tool: "x", input, details: withDetails(null, { kind }) }).shape;
}

test("a call is known by the shape of its input, whatever its tool is called", () => {
  const edit = { old_string: "a", new_string: "b" };
  assert.equal(shapeOf({ command: "ls", description: "List" }), "command");
  assert.equal(shapeOf({ command: ["bash", "-lc", "ls"] }), "command");
  assert.equal(shapeOf({ file_path: "a", ...edit }), "edit");
  assert.equal(shapeOf({ filePath: "a", oldString: "a", newString: "b" }), "edit");
  assert.equal(shapeOf({ command: "str_replace", path: "a", old_str: "a", new_str: "b" }), "edit");
  assert.equal(shapeOf({ file_path: "a", edits: [edit, edit] }), "edit");
  assert.equal(shapeOf({ file_path: "a", content: "b" }), "write");
  assert.equal(shapeOf({ command: "create", path: "a", file_text: "b" }), "write");
  assert.equal(shapeOf({ file_path: "a", offset: 3 }), "read");
  assert.equal(shapeOf({ pattern: "a.*", path: "src" }), "search");
  assert.equal(shapeOf({ url: "https://example.org" }), "fetch");
  assert.equal(shapeOf({ todos: [{ content: "a", status: "pending" }] }), "todo");
  assert.equal(shapeOf({ description: "Look", prompt: "Look around", subagent_type: "x" }), "agent");
  assert.equal(shapeOf({ plan: "1. Do it" }), "plan");
  const asked = { question: "Which?", options: [{ label: "A", description: "The first" }, "B"], multiSelect: true };
  assert.equal(shapeOf({ questions: [asked] }), "ask");
  assert.equal(shapeOf({ questions: [asked, { what: 1 }] }), "other");
  assert.equal(shapeOf({ questions: [] }), "other");
  assert.equal(shapeOf({ number: 3 }), "other");
});

test("questions of a call are read with their choices, not as JSON", () => {
  const questions = [
    { question: "Where?", header: "Place", options: [{ label: "Here", description: "at once" }, "There"] },
    { question: "What?", options: [{ label: "All" }], multiSelect: true },
  ];
  const presentation = presentationOf({ tool: "AskUserQuestion", input: { questions }, details: null });
  const given = presentation.given?.({ questions });
  assert.ok(given && "kind" in given && given.kind === "lines");
  assert.deepEqual(
    given.lines.map(({ gutter, text }) => `${gutter ?? ""}${text}`),
    ["Where?", "○Here — at once", "○There", "What?", "☐All"],
  );
  assert.equal(presentation.title({ questions }), "Where?");
});

test("what the agent says of a call holds, where its input says nothing else", () => {
  assert.equal(shapeOf({ file_path: "a", content: "b" }, "read"), "read");
  assert.equal(shapeOf({ file_path: "a", edits: [{ what: 1 }] }, "edit"), "read");
});

test("all changes of a call are found, by its input or by its diffs", () => {
  const details = withDetails(null, {
    diffs: [
      { path: "a.py", oldText: "x", newText: "y" },
      { path: "b.py", newText: "new" },
    ],
  });
  assert.deepEqual(
    changesOf({ tool: "apply_patch", input: { patch: "…" }, details }).map(({ path, before, after, isWhole }) => [path, before, after, isWhole]),
    [
      ["a.py", "x", "y", false],
      ["b.py", "", "new", true],
    ],
  );
  const edits = [
    { old_string: "a", new_string: "b" },
    { old_string: "c", new_string: "d", replace_all: true },
  ];
  const several = changesOf({ tool: "MultiEdit", input: { file_path: "a.py", edits }, details });
  assert.deepEqual(several.map(({ before, isEach }) => [before, isEach]), [["a", false], ["c", true]]);
});

test("what a file was before it is written is told by the agent", () => {
  const details = withDetails(null, { diffs: [{ path: "/w/a", oldText: "one\n", newText: "two\n" }] });
  const [change] = changesOf({ tool: "Write", input: { file_path: "/w/a", content: "two\n" }, details });
  assert.deepEqual([change?.before, change?.after, change?.isWhole], ["one\n", "two\n", true]);
});

test("a later word about a call adds to what was said, and takes nothing back", () => {
  const first = withDetails(null, { title: "Edit", kind: "edit", locations: [{ path: "a", line: 2 }] });
  const later = withDetails(first, { title: "", diffs: [{ path: "a", newText: "b" }] });
  assert.equal(later?.title, "Edit");
  assert.equal(later?.kind, "edit");
  assert.deepEqual(later?.locations, [{ path: "a", line: 2 }]);
  assert.equal(later?.diffs.length, 1);
  assert.equal(withDetails(first, {}), first);
});

test("a question shows every field that its diff or command does not", async () => {
  const { otherFields } = await import("../../src/view/presentation/presentation.ts");
  const input = { file_path: "a", old_string: "x", new_string: "y", dangerous: "yes" };
  const shown = otherFields(presentationOf({ tool: "Edit", input, details: null }), input);
  assert.deepEqual(shown.map(({ text }) => text), ["file_path: a", "dangerous: yes"]);
  const details = withDetails(null, { diffs: [{ path: "a", newText: "b" }] });
  const patch = { patch: "rm -rf" };
  const said = otherFields(presentationOf({ tool: "apply_patch", input: patch, details }), patch);
  assert.deepEqual(said.map(({ text }) => text), ["patch: rm -rf"]);
});

test("a title is what a call is about; without one the agent's own words are", () => {
  const titleOf = (tool: string, input: Fields, title = "", locations: { path: string; line?: number }[] = []): string =>
    presentationOf({ tool, input, details: withDetails(null, { title, locations }) }).title(input);
  assert.equal(titleOf("Bash", { command: "ls\nrm" }, "`ls`"), "ls");
  assert.equal(titleOf("mcp__a__b", { n: 1 }, "Ask the server"), "Ask the server");
  assert.equal(titleOf("move", {}, "", [{ path: "a", line: 3 }, { path: "b" }]), "a:3  b");
  assert.equal(titleOf("Grep", { pattern: "x", path: "src" }), "x  in src");
});

test("tools of servers are called by server and name", () => {
  assert.equal(toolName({ tool: "mcp__github__create_issue", details: null }), "github · create_issue");
  assert.equal(toolName({ tool: "", details: withDetails(null, { kind: "execute" }) }), "execute");
  assert.equal(toolName({ tool: "spawn_agent", details: null }), "agent");
});
