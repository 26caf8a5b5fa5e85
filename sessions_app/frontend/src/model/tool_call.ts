import type { Input, ToolRow } from "./row.ts";

/** A change of one file that a call makes. */
export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** `after` is all of the file. */
  readonly isWhole: boolean;
  /** Every occurrence of `before` is replaced. */
  readonly isEach: boolean;
}

/**
 * What a call does, told by the shape of its input: tools have many names, but few shapes.
 * `fields` names the input's fields that say it.
 */
export type ToolCall = { readonly fields: readonly string[] } & (
  | { readonly shape: "command"; readonly command: string }
  | { readonly shape: "edit" | "write"; readonly path: string; readonly changes: readonly FileChange[] }
  | { readonly shape: "read" | "other"; readonly path: string }
  | { readonly shape: "search"; readonly pattern: string; readonly path: string }
  | { readonly shape: "fetch"; readonly url: string }
  | { readonly shape: "todo"; readonly items: readonly unknown[] }
  | { readonly shape: "agent"; readonly task: string; readonly prompt: string }
  | { readonly shape: "plan"; readonly plan: string }
  | { readonly shape: "ask"; readonly questions: readonly AskedQuestion[] }
);

/** A question with its choices, as tools that ask people are given it. */
export interface AskedQuestion {
  readonly text: string;
  readonly isMany: boolean;
  readonly choices: readonly { readonly name: string; readonly more: string }[];
}

export type CallParts = Pick<ToolRow, "tool" | "input" | "details">;

const PATHS = ["path", "file_path", "filePath", "notebook_path", "file"];
const BEFORE = ["old_string", "oldString", "old_str", "oldText"];
const AFTER = ["new_string", "newString", "new_str", "newText"];
const CONTENTS = ["content", "contents", "file_text", "new_source"];
const COMMANDS = ["command", "cmd", "script"];
const TODOS = ["todos", "items", "plan"];
const PATTERNS = ["pattern", "query", "regex"];
const READERS = new Set(["read", "search", "fetch", "think"]);

/** Read a call by its input's shape, and by the kind that the agent says. */
export function callOf({ input, details }: CallParts): ToolCall {
  const given = input ?? {};
  const kind = details?.kind ?? "";
  const [path] = found(given, PATHS);
  return (
    (path && !READERS.has(kind) ? changing(given, path) : null) ??
    running(given, path) ??
    planning(given) ??
    asking(given) ??
    looking(given, path)
  );
}

/** The files that a call changes: by its input, else by what the agent says of it. */
export function changesOf(parts: CallParts): readonly FileChange[] {
  const call = callOf(parts);
  const diffs = parts.details?.diffs ?? [];
  if (call.shape !== "edit" && call.shape !== "write") {
    return diffs.map(({ path, oldText, newText }) => ({
      path,
      before: oldText ?? "",
      after: newText,
      isWhole: oldText === undefined || oldText === null,
      isEach: false,
    }));
  }
  return call.changes.map((change) => {
    // What a file was before it is written, only the agent knows.
    const told = change.isWhole && diffs.find(({ newText }) => newText === change.after);
    return told && told.oldText ? { ...change, before: told.oldText } : change;
  });
}

function changing(input: Input, path: string): ToolCall | null {
  const isEach = input["replace_all"] === true || input["replaceAll"] === true;
  const [before, b] = found(input, BEFORE);
  const [after, a] = found(input, AFTER);
  if (a && b) {
    const changes = [{ path, before, after, isWhole: false, isEach }];
    return { shape: "edit", fields: [b, a], path, changes };
  }
  const { edits } = input;
  if (Array.isArray(edits) && edits.length > 0) {
    const changes = edits.map((edit: unknown) => editIn(edit, path));
    const known = changes.filter((change) => change !== null);
    if (known.length === edits.length) return { shape: "edit", fields: ["edits"], path, changes: known };
  }
  const [content, c] = found(input, CONTENTS);
  if (!c) return null;
  const changes = [{ path, before: "", after: content, isWhole: true, isEach: false }];
  return { shape: "write", fields: [c], path, changes };
}

function editIn(edit: unknown, path: string): FileChange | null {
  if (!isInput(edit)) return null;
  const [before, b] = found(edit, BEFORE);
  const [after, a] = found(edit, AFTER);
  const isEach = edit["replace_all"] === true || edit["replaceAll"] === true;
  return a && b ? { path, before, after, isWhole: false, isEach } : null;
}

function running(input: Input, path: string): ToolCall | null {
  if (path) return null;
  const [command, field] = found(input, COMMANDS);
  if (field) return { shape: "command", fields: [field], command };
  const words = input["command"];
  const isList = Array.isArray(words) && words.every((word) => typeof word === "string");
  return isList ? { shape: "command", fields: ["command"], command: words.join(" ") } : null;
}

function planning(input: Input): ToolCall | null {
  for (const field of TODOS) {
    const items = input[field];
    const isTodo = Array.isArray(items) && items.length > 0 && items.every((item) => isInput(item) && "status" in item);
    if (isTodo) return { shape: "todo", fields: [field], items };
  }
  const [plan] = found(input, ["plan"]);
  if (plan) return { shape: "plan", fields: ["plan"], plan };
  const [prompt] = found(input, ["prompt"]);
  const [task] = found(input, ["description"]);
  if (!task || !prompt) return null;
  return { shape: "agent", fields: ["description", "prompt"], task, prompt };
}

function asking(input: Input): ToolCall | null {
  const { questions } = input;
  if (!Array.isArray(questions) || questions.length === 0) return null;
  const asked = questions.map(questionIn).filter((one) => one !== null);
  return asked.length === questions.length ? { shape: "ask", fields: ["questions"], questions: asked } : null;
}

function questionIn(given: unknown): AskedQuestion | null {
  if (!isInput(given)) return null;
  const [text, field] = found(given, ["question", "text"]);
  const { options = [] } = given;
  if (!field || !Array.isArray(options)) return null;
  const isMany = given["multiSelect"] === true || given["multiple"] === true;
  return { text, isMany, choices: options.map(choiceIn) };
}

function choiceIn(given: unknown): AskedQuestion["choices"][number] {
  if (!isInput(given)) return { name: `${given}`, more: "" };
  return { name: found(given, ["label", "name", "value"])[0], more: found(given, ["description"])[0] };
}

function looking(input: Input, path: string): ToolCall {
  const [pattern, p] = found(input, PATTERNS);
  if (p) return { shape: "search", fields: [p], pattern, path };
  const [url] = found(input, ["url"]);
  if (url) return { shape: "fetch", fields: ["url"], url };
  return { shape: path ? "read" : "other", fields: [], path };
}

/** The first of these fields that is a text, and its name; "" and "": there is none. */
function found(input: Input, names: readonly string[]): [string, string] {
  for (const name of names) {
    const value = input[name];
    if (typeof value === "string") return [value, name];
  }
  return ["", ""];
}

function isInput(value: unknown): value is Input {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
