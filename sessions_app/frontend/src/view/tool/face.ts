import type { Input, ToolRow } from "../../model/row.ts";
import { h } from "../h.ts";
import { diffLines, whole } from "../../worker/diff.ts";
import { diffFigures, diffView } from "./diff_view.ts";
import { todoList } from "./todo_list.ts";

/** How one kind of tool call looks. */
export interface Face {
  /** What it is about, in one line. */
  title(input: Input): string;
  /** Its input, where the title does not say it all. */
  body?(input: Input): HTMLElement;
  /** A figure for the head, once there is a result. */
  figure?(row: ToolRow): string;
  /** Open when done, too. */
  staysOpen?: boolean;
  /** Closed even while it runs: over in a moment. */
  isBrief?: boolean;
  /** A good result says nothing that the input does not. */
  hidesResult?: boolean;
}

/** Find the face of a tool by its name; one not known shows its JSON. */
export function faceOf(tool: string): Face {
  return FACES.get(tool) ?? UNKNOWN;
}

const UNKNOWN: Face = {
  title: (input) => firstString(input),
  body: (input) => h("pre", { class: "well json" }, JSON.stringify(input, null, 2)),
  staysOpen: true,
};

const BASH: Face = {
  title: (input) => text(input, "command").split("\n")[0] ?? "",
  body: (input) => commandView(text(input, "command")),
  staysOpen: true,
};

const READ: Face = {
  title: (input) => text(input, "path") + range(input),
  figure: (row) => lines(row),
  isBrief: true,
};

const EDIT: Face = {
  title: (input) => text(input, "path"),
  body: (input) => diffView(editLines(input)),
  figure: (row) => diffFigures(editLines(row.input ?? {})),
  staysOpen: true,
  hidesResult: true,
};

const WRITE: Face = {
  title: (input) => text(input, "path"),
  body: (input) => diffView(whole("in", text(input, "content"))),
  figure: (row) => diffFigures(whole("in", text(row.input ?? {}, "content"))),
  staysOpen: true,
  hidesResult: true,
};

const SEARCH: Face = {
  title: (input) => [text(input, "pattern"), text(input, "path")].filter(Boolean).join("  in "),
  figure: (row) => lines(row),
  isBrief: true,
};

const AGENT: Face = {
  title: (input) => text(input, "description") || text(input, "prompt"),
  hidesResult: true,
};

const TODO: Face = {
  title: () => "",
  body: (input) => todoList(items(input)),
  staysOpen: true,
  hidesResult: true,
};

const FACES: ReadonlyMap<string, Face> = new Map([
  ["bash", BASH],
  ["read_file", READ],
  ["edit_file", EDIT],
  ["write_file", WRITE],
  ["grep", SEARCH],
  ["glob", SEARCH],
  ["spawn_agent", AGENT],
  ["todo_write", TODO],
]);

function text(input: Input, name: string): string {
  const value = input[name];
  return typeof value === "string" ? value : "";
}

function firstString(input: Input): string {
  const found = Object.values(input).find((value) => typeof value === "string");
  return typeof found === "string" ? (found.split("\n")[0] ?? "") : "";
}

function items(input: Input): Input[] {
  const found = input["items"];
  return Array.isArray(found) ? found : [];
}

function range(input: Input): string {
  const from = Number(input["offset"] ?? 1);
  const limit = Number(input["limit"] ?? 0);
  if (limit > 0) return `:${from}–${from + limit - 1}`;
  return from > 1 ? `:${from}–` : "";
}

function lines({ result }: ToolRow): string {
  if (!result || result.isError) return "";
  const n = result.output === "" ? 0 : result.output.replace(/\n$/, "").split("\n").length;
  return n === 1 ? "1 line" : `${n} lines`;
}

function editLines(input: Input): ReturnType<typeof diffLines> {
  return diffLines(text(input, "old_string"), text(input, "new_string"));
}

function commandView(command: string): HTMLElement {
  const box = h("pre", { class: "well command", tabindex: "0" }, command);
  box.hidden = !command.includes("\n"); // one line stands in the head already
  return box;
}
