import { NO_NEWLINE } from "./diff.ts";
import type { DiffLine } from "./diff.ts";

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/;

/**
 * The hunks of one file's patch, as git writes it. Each begins with a `gap` that has the
 * first numbers of both sides, and the words that git says of the place. `marked` adds marks
 * to the lines of a hunk.
 */
export function patchLines(patch: string, marked: (hunk: readonly DiffLine[]) => readonly DiffLine[]): DiffLine[] {
  const made: DiffLine[] = [];
  const raw = patch.replace(/\n$/, "").split("\n");
  for (let at = 0; at < raw.length; ) {
    const hunk = HUNK.exec(raw[at] ?? "");
    at += 1;
    if (!hunk) continue; // the head of a file
    const [, before = "0", outs = "1", after = "0", ins = "1", words = ""] = hunk;
    const start = { before: Number(before), after: Number(after) };
    made.push({ kind: "gap", text: words, ...start, marks: [] });
    const body = hunkLines(raw, at, start, { before: Number(outs), after: Number(ins) });
    at += body.length;
    made.push(...marked(body));
  }
  return made;
}

interface Numbers {
  before: number;
  after: number;
}

/** The lines of a hunk: as many of each side as its head says. */
function hunkLines(raw: readonly string[], from: number, first: Numbers, left: Numbers): DiffLine[] {
  const made: DiffLine[] = [];
  const next = { ...first };
  for (let at = from; at < raw.length; at += 1) {
    const line = raw[at] ?? "";
    const last = made.at(-1);
    if (line.startsWith("\\") && last) {
      made.push({ kind: last.kind, text: NO_NEWLINE, before: null, after: null, marks: [] });
      continue;
    }
    if (left.before === 0 && left.after === 0) break;
    const kind = line[0] === "-" ? "out" : line[0] === "+" ? "in" : "same";
    if (kind !== "in") left.before -= 1;
    if (kind !== "out") left.after -= 1;
    const before = kind === "in" ? null : next.before++;
    const after = kind === "out" ? null : next.after++;
    made.push({ kind, text: line.slice(1), before, after, marks: [] });
  }
  return made;
}
