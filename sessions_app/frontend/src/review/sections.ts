import type { LedgerLine, Lines } from "../view/ledger.ts";
import type { ChangedPath } from "../protocol.ts";
import type { DiffLine } from "../worker/diff.ts";

/** A changed file, and as much of its difference as was read. */
export interface Section {
  readonly file: ChangedPath;
  isOpen: boolean;
  lines: readonly DiffLine[] | null; // null: not read yet
  /** Why there is nothing to show, in words. */
  problem: string;
}

export type ReviewLine = LedgerLine &
  (
    | { readonly kind: "file"; readonly section: Section; readonly remark: string }
    | { readonly kind: "diff"; readonly section: Section; readonly line: DiffLine }
    | { readonly kind: "unread"; readonly section: Section }
  );

/**
 * Files with the lines of their differences below them. A difference that was not read
 * takes as many lines as it will have, so that nothing moves when it comes.
 */
export class Sections implements Lines<ReviewLine> {
  readonly all: readonly Section[];
  readonly length: number;
  private readonly starts: readonly number[];
  private readonly places: ReadonlyMap<string, number>;

  constructor(all: readonly Section[]) {
    this.all = all;
    const starts: number[] = [];
    let length = 0;
    for (const section of all) {
      starts.push(length);
      length += 1 + heightOf(section);
    }
    this.starts = starts;
    this.length = length;
    this.places = new Map(all.map(({ file }, i) => [file.path, i]));
  }

  at(index: number): ReviewLine | undefined {
    const which = this.indexOf(index);
    const section = this.all[which];
    if (!section || index < 0 || index >= this.length) return undefined;
    const { file, isOpen, lines } = section;
    const offset = index - (this.starts[which] ?? 0) - 1;
    if (offset < 0) {
      const remark = remarkOf(section);
      return { kind: "file", key: file.path, level: 1, isOpen: remark ? null : isOpen, section, remark };
    }
    const key = `${file.path}\n${offset}`;
    const below = { key, level: 2, isOpen: null, section };
    const line = lines?.[offset];
    if (line) return { kind: "diff", ...below, line };
    return { kind: "unread", ...below };
  }

  find(key: string): number {
    const [path = "", offset] = key.split("\n");
    const which = this.places.get(path);
    if (which === undefined) return -1;
    const start = this.starts[which] ?? 0;
    const section = this.all[which];
    const below = offset === undefined || !section ? 0 : Number(offset) + 1;
    return below <= (section ? heightOf(section) : 0) ? start + below : start;
  }

  /** Which section a line is in. */
  indexOf(index: number): number {
    let low = 0;
    let high = this.all.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The first line of a section. */
  startOf(which: number): number {
    return this.starts[which] ?? 0;
  }

  /** The next (or previous) line after `from` that begins a hunk; -1 if there is none. */
  hunk(from: number, by: 1 | -1): number {
    for (let at = from + by; at >= 0 && at < this.length; at += by) {
      const line = this.at(at);
      if (line?.kind === "diff" && line.line.kind === "gap") return at;
      if (line?.kind === "unread") return by > 0 ? at : this.startOf(this.indexOf(at));
    }
    return -1;
  }
}

function heightOf(section: Section): number {
  const { file, isOpen, lines } = section;
  if (!isOpen || remarkOf(section)) return 0;
  return lines ? lines.length : Math.max(1, file.lines ?? 0);
}

/** What stands in place of a difference. */
function remarkOf({ file, lines, problem }: Section): string {
  if (problem) return problem;
  if (file.binary) return "binary";
  if (!file.outputId) return "too large to be compared here";
  if (file.lines && lines?.length !== 0) return "";
  return file.oldPath || file.newMode ? "the same text" : "empty";
}
