import { plural } from "../../format.ts";
import { writeJson } from "../../json/lossless.ts";
import type { Input, ToolRow } from "../../model/row.ts";
import { languageOf } from "./language_of.ts";
import type { Line } from "./line.ts";
import { linesOf } from "./line.ts";
import { countFound, foundLines, numberedLines } from "./parsed_output.ts";
import { fieldLines } from "./review_lines.ts";
import type { CodeBlockStyle } from "./code_block.ts";
import { todoFigure, todoLines } from "./todo.ts";

/** How a card shows a call's input. */
export type Given =
  | { kind: "lines"; style: CodeBlockStyle; lines: readonly Line[] }
  | { kind: "diff"; before: string; after: string; language: string };

/** How a tool's output is read. */
export interface Reading {
  readonly style: CodeBlockStyle;
  lines(output: string): readonly Line[];
}

/** How one tool's calls are shown. */
export interface ToolPresentation {
  /** A one-line summary of the input. */
  title(input: Input): string;
  given?(input: Input): Given;
  /** The fields that `given` shows whole; a question lists the others. Left out: all. */
  shows?: readonly string[];
  /** How the output is read; a terminal by default. */
  reading?(input: Input): Reading;
  /** A figure for the head, once there is a good result. */
  figure?(row: ToolRow): string;
  /** True for short calls: their cards stay closed while they run. */
  isBrief?: boolean;
  /** A successful result repeats the input, so it is hidden. */
  hidesResult?: boolean;
}

/** Find the presentation of a tool by its name; one not known shows its JSON. */
export function presentationOf(tool: string): ToolPresentation {
  return PRESENTATIONS.get(tool) ?? UNKNOWN;
}

const UNKNOWN: ToolPresentation = {
  title: (input) => firstString(input),
  given: (input) => code(writeJson(input, 2), "json"),
  figure: lineCount,
};

const BASH: ToolPresentation = {
  title: (input) => text(input, "command").trim().split("\n")[0] ?? "",
  given: (input) => code(text(input, "command"), "bash", "command"),
  shows: ["command"],
  figure: lineCount,
};

const READ: ToolPresentation = {
  title: (input) => text(input, "path") + range(input),
  reading: (input) => ({
    style: { className: "numbered", form: "rows", language: languageOf(text(input, "path")) },
    lines: numberedLines,
  }),
  figure: lineCount,
  isBrief: true,
};

const EDIT: ToolPresentation = {
  title: (input) => text(input, "path"),
  given: (input) => diff(input, text(input, "old_string"), text(input, "new_string")),
  shows: ["old_string", "new_string"],
  hidesResult: true,
};

const WRITE: ToolPresentation = {
  title: (input) => text(input, "path"),
  given: (input) => diff(input, "", text(input, "content")),
  shows: ["content"],
  hidesResult: true,
};

const GREP: ToolPresentation = {
  title: (input) => [text(input, "pattern"), text(input, "path")].filter(Boolean).join("  in "),
  reading: () => ({ style: { className: "numbered", form: "rows" }, lines: foundLines }),
  figure: ({ result }) => {
    const { matches, files } = countFound(result?.output ?? "");
    if (matches === 0) return "nothing found";
    return `${plural(matches, "match", "matches")} in ${plural(files, "file")}`;
  },
  isBrief: true,
};

const GLOB: ToolPresentation = {
  title: GREP.title,
  figure: ({ result }) => plural(linesOf(result?.output ?? "").length, "line"),
  isBrief: true,
};

const AGENT: ToolPresentation = {
  title: (input) => text(input, "description") || text(input, "prompt"),
  hidesResult: true,
};

const TODO: ToolPresentation = {
  title: () => "",
  given: (input) => ({
    kind: "lines",
    style: { className: "todo", form: "rows" },
    lines: todoLines(input["items"]),
  }),
  shows: ["items"],
  figure: ({ input }) => todoFigure(input?.["items"]),
  hidesResult: true,
};

const PRESENTATIONS: ReadonlyMap<string, ToolPresentation> = new Map([
  ["bash", BASH],
  ["read_file", READ],
  ["edit_file", EDIT],
  ["write_file", WRITE],
  ["grep", GREP],
  ["glob", GLOB],
  ["spawn_agent", AGENT],
  ["todo_write", TODO],
]);

/** What a question lists beside what the presentation shows: the input's other fields. */
export function otherFields(presentation: ToolPresentation, input: Input): Line[] {
  if (presentation.given && !presentation.shows) return [];
  const shown = (presentation.shows ?? []).filter((name) => typeof input[name] === "string" || name === "items");
  return fieldLines(input, shown);
}

function text(input: Input, name: string): string {
  const value = input[name];
  return typeof value === "string" ? value : "";
}

function firstString(input: Input): string {
  const found = Object.values(input).find((value) => typeof value === "string");
  return typeof found === "string" ? (found.split("\n")[0] ?? "") : "";
}

function code(written: string, language: string, className = ""): Given {
  return { kind: "lines", style: { className, form: "text", language }, lines: linesOf(written) };
}

function diff(input: Input, before: string, after: string): Given {
  return { kind: "diff", before, after, language: languageOf(text(input, "path")) };
}

function range(input: Input): string {
  const from = Number(input["offset"] ?? 1);
  const limit = Number(input["limit"] ?? 0);
  if (limit > 0) return `:${from}–${from + limit - 1}`;
  return from > 1 ? `:${from}–` : "";
}

function lineCount({ result }: ToolRow): string {
  return result?.output ? plural(linesOf(result.output).length, "line") : "no output";
}
