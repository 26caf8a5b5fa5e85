import type { Place } from "./place.ts";
import type { ToolRow } from "../row.ts";
import type { Thread } from "../thread.ts";
import { changesOf } from "../tool_call.ts";
import type { FileChange } from "../tool_call.ts";

/** One successful change of a file. */
export interface Edit {
  readonly session: string;
  readonly row: ToolRow;
  /** Which of the call's changes. */
  readonly index: number;
  /** The text that the call replaced; "" if it replaced none or the text is unknown. */
  readonly before: string;
  readonly after: string;
  /** The number of places in the file that were changed. */
  readonly times: number;
  /** True if the event's input was cut, because it was too large to send. */
  readonly isCut: boolean;
  /** `after` is all of the file. */
  readonly isWhole: boolean;
}

export interface ChangedFile {
  readonly path: string;
  /** In the order of their calls. */
  readonly edits: readonly Edit[];
}

/**
 * The files that were written or edited at these places, in the order of their first
 * change. What failed, was denied or is still to come has changed nothing; where a person
 * edited a call, it is theirs that counts.
 */
export function changedFiles(
  places: readonly Place[],
  thread: (session: string) => Pick<Thread, "workdir">,
): ChangedFile[] {
  const calls = places.flatMap(({ session, row }) => (hasChanged(row) ? [{ session, row }] : []));
  calls.sort((a, b) => timeOf(a.row) - timeOf(b.row));
  const files = new Map<string, Edit[]>();
  const texts = new Map<string, string>(); // file contents after the calls so far
  for (const { session, row } of calls) {
    const changes = changesOf({ ...row, input: row.answer?.input ?? row.input });
    for (const [index, change] of changes.entries()) {
      const path = pathIn(change.path, thread(session).workdir);
      if (path === "") continue;
      const edit = { session, row, index, ...editOf(row, change, path, texts) };
      const edits = files.get(path);
      if (edits) edits.push(edit);
      else files.set(path, [edit]);
    }
  }
  return [...files].map(([path, edits]) => ({ path, edits }));
}

function hasChanged(row: Place["row"]): row is ToolRow {
  if (row.kind !== "tool" || row.result === null || row.result.isError) return false;
  return row.answer?.decision !== "denied";
}

function timeOf(row: ToolRow): number {
  return row.startTs || row.ts;
}

type Told = Pick<Edit, "before" | "after" | "times" | "isCut" | "isWhole">;

function editOf(row: ToolRow, change: FileChange, path: string, texts: Map<string, string>): Told {
  const isCut = row.answer?.input ? Boolean(row.answer.wholeId) : row.isCut;
  const known = texts.get(path);
  const { before, after, isEach, isWhole } = change;
  if (isWhole) {
    if (isCut) texts.delete(path);
    else texts.set(path, after);
    return { before: before || (known ?? ""), after, times: 1, isCut, isWhole };
  }
  // If something else changed the file meanwhile, its whole content is unknown.
  if (isCut || !known?.includes(before) || before === "") texts.delete(path);
  else texts.set(path, isEach ? known.replaceAll(before, () => after) : known.replace(before, () => after));
  return { before, after, times: isEach ? placesIn(row) : 1, isCut, isWhole };
}

const PLACES = / in ([\d,]+) places?$/;

/** The number of places a call replaced, as its result reports it. */
function placesIn({ result }: ToolRow): number {
  const said = PLACES.exec(result?.output.trim() ?? "")?.[1];
  return said ? Number(said.replaceAll(",", "")) : 1;
}

function pathIn(path: string, workdir: string): string {
  const isBelow = workdir !== "" && path.startsWith(`${workdir}/`);
  return (isBelow ? path.slice(workdir.length + 1) : path).replace(/^(\.\/)+/, "");
}
