import type { ChangedFile, Edit } from "../model/navigation/changed_files.ts";
import type { DiffLine, LineCount } from "../worker/diff.ts";
import type { LedgerLine } from "../view/ledger.ts";

export type FileLine = LedgerLine &
  (
    | { readonly kind: "file"; readonly file: ChangedFile; readonly figure: Figure }
    | { readonly kind: "edit"; readonly edit: Edit; readonly figure: Figure }
    | { readonly kind: "diff"; readonly edit: Edit; readonly line: DiffLine }
    | { readonly kind: "waiting"; readonly edit: Edit }
  );

/** Added and removed lines; `isLeast` if not all could be counted. */
export interface Figure extends LineCount {
  readonly isLeast: boolean;
}

/** The line counts of edits so far, by key. */
export interface Known {
  readonly open: ReadonlySet<string>; // paths
  readonly counts: ReadonlyMap<string, LineCount>;
  readonly diffs: ReadonlyMap<string, readonly DiffLine[]>;
}

export function keyOf({ session, row, index }: Edit): string {
  return `${session} ${row.key} ${index}`;
}

/** All files as lines; below each open file its edits. */
export function linesOf(files: readonly ChangedFile[], known: Known): FileLine[] {
  return files.flatMap((file) => {
    const isOpen = known.open.has(file.path);
    const figure = figureOfFile(file, known);
    const head = { kind: "file", key: file.path, level: 1, isOpen, file, figure } as const;
    return [head, ...(isOpen ? file.edits.flatMap((edit) => linesOfEdit(edit, known)) : [])];
  });
}

function linesOfEdit(edit: Edit, known: Known): FileLine[] {
  const key = keyOf(edit);
  const figure = figureOf(edit, known);
  const head = { kind: "edit", key, level: 2, isOpen: null, edit, figure } as const;
  const diff = known.diffs.get(key);
  if (!diff) return [head, { kind: "waiting", key: `${key} waiting`, level: 3, isOpen: null, edit }];
  const lines = diff.map(
    (line, i): FileLine => ({ kind: "diff", key: `${key} ${i}`, level: 3, isOpen: null, edit, line }),
  );
  return [head, ...lines];
}

export function figureOfFile({ edits }: ChangedFile, known: Known): Figure {
  return sum(edits.map((edit) => figureOf(edit, known)));
}

function figureOf(edit: Edit, { counts }: Known): Figure {
  const count = counts.get(keyOf(edit));
  if (!count) return { ins: 0, outs: 0, isLeast: true };
  return { ins: count.ins * edit.times, outs: count.outs * edit.times, isLeast: edit.isCut };
}

export function sum(figures: readonly Figure[]): Figure {
  return {
    ins: figures.reduce((total, { ins }) => total + ins, 0),
    outs: figures.reduce((total, { outs }) => total + outs, 0),
    isLeast: figures.some(({ isLeast }) => isLeast),
  };
}
