import { diffWordsWithSpace, structuredPatch } from "diff";

const TIMEOUT_MS = 60; // then the change is shown as all out, all in
const CONTEXT = 3;
const WORDS_MAX = 500; // longer lines get no marks within

export interface DiffPart {
  text: string;
  marked: boolean;
}

export interface DiffLine {
  kind: "same" | "out" | "in" | "gap";
  parts: DiffPart[];
}

/** A unified diff; in changed pairs of lines the changed words are marked. */
export function diffLines(before: string, after: string): DiffLine[] {
  const options = { context: CONTEXT, timeout: TIMEOUT_MS };
  const patch = structuredPatch("", "", closed(before), closed(after), "", "", options);
  if (!patch) return [...whole("out", before), ...whole("in", after)];
  return patch.hunks.flatMap((hunk, i) => {
    const gap: DiffLine[] = i > 0 ? [{ kind: "gap", parts: [] }] : [];
    return [...gap, ...marked(hunk.lines.map(line))];
  });
}

/** All lines of a text as added, or as taken away. */
export function whole(kind: "in" | "out", text: string): DiffLine[] {
  if (text === "") return [];
  const lines = text.replace(/\n$/, "").split("\n");
  return lines.map((each) => ({ kind, parts: [{ text: each, marked: false }] }));
}

function closed(text: string): string {
  // A last line without its end would be told apart from the same line with it.
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function line(raw: string): DiffLine {
  const kind = raw[0] === "-" ? "out" : raw[0] === "+" ? "in" : "same";
  return { kind, parts: [{ text: raw.slice(1), marked: false }] };
}

function marked(lines: DiffLine[]): DiffLine[] {
  for (let at = 0; at < lines.length; ) {
    const outs = run(lines, at, "out");
    const ins = run(lines, at + outs.length, "in");
    if (outs.length > 0 && outs.length === ins.length) {
      outs.forEach((out, i) => markWords(out, ins[i]));
    }
    at += Math.max(1, outs.length + ins.length);
  }
  return lines;
}

function run(lines: DiffLine[], from: number, kind: DiffLine["kind"]): DiffLine[] {
  let end = from;
  while (lines[end]?.kind === kind) end += 1;
  return lines.slice(from, end);
}

function markWords(out: DiffLine, into: DiffLine | undefined): void {
  const before = out.parts[0]?.text ?? "";
  const after = into?.parts[0]?.text ?? "";
  if (!into || before.length > WORDS_MAX || after.length > WORDS_MAX) return;
  const changes = diffWordsWithSpace(before, after);
  // Lines that share next to nothing are clearer without marks.
  const shared = changes.filter((c) => !c.added && !c.removed).map((c) => c.value.trim());
  if (shared.join("").length * 3 < Math.min(before.length, after.length)) return;
  out.parts = changes.filter((c) => !c.added).map((c) => part(c.value, c.removed));
  into.parts = changes.filter((c) => !c.removed).map((c) => part(c.value, c.added));
}

function part(text: string, marked: boolean): DiffPart {
  return { text, marked };
}
