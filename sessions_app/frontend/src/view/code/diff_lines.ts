import type { DiffLine } from "../../worker/diff.ts";
import type { Line } from "./line.ts";

const SIGN = { same: " ", out: "−", in: "+", gap: "⋯" } as const;

/** A unified diff: removed lines above added ones. */
export function unified(lines: readonly DiffLine[]): Line[] {
  return lines.map((line) => shown(line));
}

/** A diff in two columns: each removed line beside the added one that replaces it. */
export function columns(lines: readonly DiffLine[]): Line[] {
  const made: Line[] = [];
  for (let at = 0; at < lines.length; ) {
    const outs = run(lines, at, "out");
    const ins = run(lines, at + outs.length, "in");
    for (let i = 0; i < Math.max(outs.length, ins.length); i += 1) {
      made.push({ ...shown(outs[i]), beside: shown(ins[i]) });
    }
    at += outs.length + ins.length;
    const line = lines[at];
    if (!line || line.kind === "out" || line.kind === "in") continue;
    made.push({ ...shown(line), beside: shown(line) });
    at += 1;
  }
  return made;
}

/** Counts of added and removed lines, like "+3 −1". */
export function diffFigures(lines: readonly DiffLine[]): string {
  const ins = lines.filter((line) => line.kind === "in").length;
  const outs = lines.filter((line) => line.kind === "out").length;
  return outs > 0 ? `+${ins} −${outs}` : `+${ins}`;
}

function shown(line: DiffLine | undefined): Line {
  if (!line) return { text: "", gutter: "" };
  const { kind, text, marks, drawsBlanks } = line;
  const isChanged = kind === "in" || kind === "out";
  const blanks = drawsBlanks ? "all" : isChanged ? "end" : "long";
  return { text, marks, kind, blanks, gutter: SIGN[kind] };
}

function run(lines: readonly DiffLine[], from: number, kind: DiffLine["kind"]): DiffLine[] {
  const made: DiffLine[] = [];
  for (let at = from; lines[at]?.kind === kind; at += 1) {
    const line = lines[at];
    if (line) made.push(line);
  }
  return made;
}
