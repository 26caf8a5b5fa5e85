import { plural } from "../format.ts";
import { writeJson } from "../../json/lossless.ts";
import type { Input, ToolRow } from "../../model/row.ts";
import { callOf, changesOf } from "../../model/tool_call.ts";
import type { CallParts } from "../../model/tool_call.ts";
import { languageOf } from "../code/language_of.ts";
import type { Line } from "../code/line.ts";
import { linesOf } from "../code/line.ts";
import { askedLines } from "./asked.ts";
import { countFound, foundLines, isFound, isNumbered, numberedLines } from "./parsed_output.ts";
import { fieldLines } from "./review_lines.ts";
import type { CodeBlockStyle } from "../code/code_block.ts";
import { todoFigure, todoLines } from "./todo.ts";

/** How a card shows a call's input. */
export type Given =
  | { kind: "lines"; style: CodeBlockStyle; lines: readonly Line[] }
  | { kind: "diff"; path: string; before: string; after: string; language: string };

/** How a tool's output is read. */
export interface Reading {
  readonly style: CodeBlockStyle;
  lines(output: string): readonly Line[];
}

/** How one tool's calls are shown. */
export interface ToolPresentation {
  /** A one-line summary of the input. */
  title(input: Input): string;
  given?(input: Input): Given | readonly Given[];
  /** The fields that `given` shows completely; a question lists all others. Absent: all. */
  shows?: readonly string[];
  /** How the output is read; a terminal by default. */
  reading?(input: Input, output: string): Reading | null;
  /** A figure for the head, after a successful result. */
  figure?(row: ToolRow): string;
  /** True for short calls: their cards stay closed while they run. */
  isBrief?: boolean;
  /** A successful result repeats the input, so it is hidden. */
  hidesResult?: boolean;
}

/** Find the presentation of a call: of our own tools by name, of others by shape. */
export function presentationOf(parts: CallParts): ToolPresentation {
  return PRESENTATIONS.get(parts.tool) ?? byShape(parts);
}

function byShape(parts: CallParts): ToolPresentation {
  const call = callOf(parts);
  const changes = changesOf(parts);
  const words = parts.details?.title ?? "";
  const { fields: shows } = call;
  if (changes.length > 0) {
    const paths = [...new Set(changes.map(({ path }) => path))];
    const isSaid = call.shape === "edit" || call.shape === "write";
    return {
      title: () => paths.join("  "),
      given: () => changes.map(({ path, before, after }) => diffOf(path, before, after)),
      shows: isSaid ? shows : [],
      hidesResult: true,
    };
  }
  switch (call.shape) {
    case "command":
      return { ...BASH, title: () => firstLine(call.command), given: () => code(call.command, "bash", "command"), shows };
    case "todo":
      return {
        title: () => "",
        given: () => todoOf(call.items),
        shows,
        figure: () => todoFigure(call.items),
        hidesResult: true,
      };
    case "agent":
      return { title: () => call.task, given: () => code(call.prompt, "markdown"), shows };
    case "plan":
      return { title: () => words || "A plan", shows }; // its plan is shown as Markdown
    case "ask":
      return {
        title: () => firstLine(call.questions[0]?.text ?? ""),
        // A question with a form shows the same there.
        given: () => ({ kind: "lines", style: { className: "todo", form: "rows" }, lines: askedLines(call.questions) }),
        shows,
      };
    case "search":
      return {
        title: () => [call.pattern, call.path].filter(Boolean).join("  in "),
        reading: (_, output) => (isFound(output) ? FOUND : null),
        figure: lineCount,
        isBrief: true,
      };
    case "fetch":
      return { title: () => call.url, shows, figure: lineCount };
    case "read":
      return {
        title: (input) => call.path + range(input) || words,
        reading: (_, output) => readingOf(call.path, output),
        figure: lineCount,
        isBrief: true,
      };
    default:
      return { ...UNKNOWN, title: (input) => words || placesOf(parts) || firstString(input) };
  }
}

/** "a.py:12  b.py" */
function placesOf({ details }: CallParts): string {
  return (details?.locations ?? []).map(({ path, line }) => (line ? `${path}:${line}` : path)).join("  ");
}

const UNKNOWN: ToolPresentation = {
  title: (input) => firstString(input),
  given: (input) => (Object.keys(input).length > 0 ? code(writeJson(input, 2), "json", "json") : []),
  figure: lineCount,
};

const BASH: ToolPresentation = {
  title: (input) => firstLine(text(input, "command")),
  given: (input) => code(text(input, "command"), "bash", "command"),
  shows: ["command"],
  figure: lineCount,
};

const READ: ToolPresentation = {
  title: (input) => text(input, "path") + range(input),
  reading: (input) => numbered(text(input, "path")),
  figure: lineCount,
  isBrief: true,
};

const EDIT: ToolPresentation = {
  title: (input) => text(input, "path"),
  given: (input) => diffOf(text(input, "path"), text(input, "old_string"), text(input, "new_string")),
  shows: ["old_string", "new_string"],
  hidesResult: true,
};

const WRITE: ToolPresentation = {
  title: (input) => text(input, "path"),
  given: (input) => diffOf(text(input, "path"), "", text(input, "content")),
  shows: ["content"],
  hidesResult: true,
};

const FOUND: Reading = { style: { className: "numbered", form: "rows" }, lines: foundLines };

const GREP: ToolPresentation = {
  title: (input) => [text(input, "pattern"), text(input, "path")].filter(Boolean).join("  in "),
  reading: () => FOUND,
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
  given: (input) => todoOf(input["items"]),
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

/** The input's fields that the presentation does not show, for a question. */
export function otherFields(presentation: ToolPresentation, input: Input): Line[] {
  if (presentation.given && !presentation.shows) return [];
  return fieldLines(input, presentation.shows ?? []);
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

function diffOf(path: string, before: string, after: string): Given {
  return { kind: "diff", path, before, after, language: languageOf(path) };
}

function todoOf(items: unknown): Given {
  return { kind: "lines", style: { className: "todo", form: "rows" }, lines: todoLines(items) };
}

function numbered(path: string): Reading {
  return { style: { className: "numbered", form: "rows", language: languageOf(path) }, lines: numberedLines };
}

/** A file that was read: with numbers, if the tool puts them before the lines. */
function readingOf(path: string, output: string): Reading {
  if (isNumbered(output)) return numbered(path);
  return { style: { className: "output", form: "text", language: languageOf(path) }, lines: linesOf };
}

function firstLine(words: string): string {
  return words.trim().split("\n")[0] ?? "";
}

function range(input: Input): string {
  const from = Number(input["offset"] ?? 1);
  const limit = Number(input["limit"] ?? 0);
  if (limit > 0) return `:${from}–${from + limit - 1}`;
  return from > 1 ? `:${from}–` : "";
}

function lineCount({ result }: ToolRow): string {
  if (result?.output) return plural(linesOf(result.output).length, "line");
  const images = result?.content.filter(({ kind }) => kind === "image").length ?? 0;
  return images > 0 ? plural(images, "image") : "no output";
}
