import type { Line } from "../code/line.ts";
import { linesOf } from "../code/line.ts";

const NUMBERED = /^ *(\d+)[\t→](.*)$/;
const FOUND = /^(.+?):(\d+):(.*)$/;

/** Whether an output begins as `numberedLines` reads it. */
export function isNumbered(output: string): boolean {
  return NUMBERED.test(output.split("\n", 1)[0] ?? "");
}

/** Whether an output begins as `foundLines` reads it. */
export function isFound(output: string): boolean {
  return FOUND.test(output.split("\n", 1)[0] ?? "");
}

/** A file that was read: its lines, with their numbers before them. */
export function numberedLines(output: string): Line[] {
  return linesOf(output).map(({ text }) => {
    const found = NUMBERED.exec(text);
    if (!found) return { text, gutter: "", kind: "note" };
    return { text: found[2] ?? "", gutter: found[1] ?? "" };
  });
}

/** What a search has found, below the name of each file. */
export function foundLines(output: string): Line[] {
  const made: Line[] = [];
  let file = "";
  for (const { text } of linesOf(output)) {
    const found = FOUND.exec(text);
    if (!found) {
      made.push({ text, gutter: "", kind: "note" });
      continue;
    }
    const [, path = "", number = "", line = ""] = found;
    if (path !== file) made.push({ text: path, gutter: "", kind: "file" });
    file = path;
    made.push({ text: line, gutter: number });
  }
  return made;
}

/** "12 matches in 3 files". */
export function countFound(output: string): { matches: number; files: number } {
  const found = linesOf(output).flatMap(({ text }) => FOUND.exec(text)?.[1] ?? []);
  return { matches: found.length, files: new Set(found).size };
}
