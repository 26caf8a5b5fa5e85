import { plural } from "../format.ts";
import { writeJson } from "../../json/lossless.ts";
import type { Line } from "../code/line.ts";

const BLANK_LINES = 3; // a longer run of blank lines is replaced by their count

/** Lines with each long run of blank ones as one line that counts them. */
export function condensed(lines: readonly Line[]): readonly Line[] {
  const made: Line[] = [];
  for (let at = 0; at < lines.length; ) {
    const end = endOfBlanks(lines, at);
    if (end - at >= BLANK_LINES) {
      const { kind, gutter } = lines[at] ?? {};
      made.push({
        text: `⟨${plural(end - at, "blank line")}⟩`,
        kind: kind ?? "note",
        ...(gutter === undefined ? {} : { gutter }),
      });
      at = end;
      continue;
    }
    made.push(...lines.slice(at, Math.max(end, at + 1)));
    at = Math.max(end, at + 1);
  }
  return made.length === lines.length ? lines : made;
}

/** The index after the run of blank lines of one kind that begins at `from`. */
function endOfBlanks(lines: readonly Line[], from: number): number {
  const kind = lines[from]?.kind;
  let end = from;
  for (let line = lines[end]; line && isBlank(line) && line.kind === kind; line = lines[end]) end += 1;
  return end;
}

function isBlank({ text, beside }: Line): boolean {
  return text.trim() === "" && (beside === undefined || beside.text.trim() === "");
}

/** The first and last of too many lines, and the number of lines between them. */
export interface HeadAndTail {
  readonly head: readonly Line[];
  readonly hidden: number;
  readonly tail: readonly Line[];
}

export function headAndTail(lines: readonly Line[], head: number, tail: number): HeadAndTail {
  const hidden = lines.length - head - tail;
  if (hidden <= 2) return { head: lines, hidden: 0, tail: [] };
  return { head: lines.slice(0, head), hidden, tail: lines.slice(-tail) };
}

/** The fields of an input that are not shown otherwise, line by line: `name: value`. */
export function fieldLines(input: Record<string, unknown>, shown: readonly string[]): Line[] {
  return Object.entries(input)
    .filter(([name]) => !shown.includes(name))
    .flatMap(([name, value]) => {
      const text = typeof value === "string" ? value : writeJson(value);
      const [first = "", ...more] = text.split("\n");
      if (more.length === 0) return [{ text: `${name}: ${first}` }];
      return [{ text: `${name}:` }, ...[first, ...more].map((line) => ({ text: `  ${line}` }))];
    });
}
