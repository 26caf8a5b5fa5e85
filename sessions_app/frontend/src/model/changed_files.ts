import type { Place } from "./place.ts";
import type { Input, ToolRow } from "./row.ts";
import type { Thread } from "./thread.ts";

/** One change of a file that has taken place. */
export interface Edit {
  readonly session: string;
  readonly row: ToolRow;
  /** What the call replaced, as far as it is known; "": nothing, or nobody knows. */
  readonly before: string;
  readonly after: string;
  /** In so many places of the file. */
  readonly times: number;
  /** The input was too large to travel: there is more to it. */
  readonly isCut: boolean;
}

export interface ChangedFile {
  readonly path: string;
  /** By the time at which they were asked for. */
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
  const changes = places.flatMap(({ session, row }) => (isChange(row) ? [{ session, row }] : []));
  changes.sort((a, b) => timeOf(a.row) - timeOf(b.row));
  const files = new Map<string, Edit[]>();
  const texts = new Map<string, string>(); // as the calls left them
  for (const { session, row } of changes) {
    const input = inputOf(row);
    const path = pathIn(textOf(input, "path"), thread(session).workdir);
    const edit = { session, row, ...changeOf(row, input, path, texts) };
    const edits = files.get(path);
    if (edits) edits.push(edit);
    else files.set(path, [edit]);
  }
  return [...files].map(([path, edits]) => ({ path, edits }));
}

function isChange(row: Place["row"]): row is ToolRow {
  if (row.kind !== "tool" || (row.tool !== "write_file" && row.tool !== "edit_file")) return false;
  const isDenied = row.answer?.decision === "denied";
  return row.result !== null && !row.result.isError && !isDenied && textOf(inputOf(row), "path") !== "";
}

function timeOf(row: ToolRow): number {
  return row.startTs || row.ts;
}

function inputOf({ input, answer }: ToolRow): Input {
  return answer?.input ?? input ?? {};
}

type Change = Pick<Edit, "before" | "after" | "times" | "isCut">;

function changeOf(row: ToolRow, input: Input, path: string, texts: Map<string, string>): Change {
  const isCut = row.answer?.input ? Boolean(row.answer.wholeId) : row.isCut;
  const known = texts.get(path);
  if (row.tool === "write_file") {
    const after = textOf(input, "content");
    if (isCut) texts.delete(path);
    else texts.set(path, after);
    return { before: known ?? "", after, times: 1, isCut };
  }
  const before = textOf(input, "old_string");
  const after = textOf(input, "new_string");
  const isEach = input["replace_all"] === true;
  // Something else may have changed the file meanwhile: then nobody knows all of it.
  if (isCut || !known?.includes(before) || before === "") texts.delete(path);
  else texts.set(path, isEach ? known.replaceAll(before, () => after) : known.replace(before, () => after));
  return { before, after, times: isEach ? placesIn(row) : 1, isCut };
}

const PLACES = / in ([\d,]+) places?$/;

/** In how many places a call has replaced a text, by its own word. */
function placesIn({ result }: ToolRow): number {
  const said = PLACES.exec(result?.output.trim() ?? "")?.[1];
  return said ? Number(said.replaceAll(",", "")) : 1;
}

function pathIn(path: string, workdir: string): string {
  const isBelow = workdir !== "" && path.startsWith(`${workdir}/`);
  return (isBelow ? path.slice(workdir.length + 1) : path).replace(/^(\.\/)+/, "");
}

function textOf(input: Input, name: string): string {
  const value = input[name];
  return typeof value === "string" ? value : "";
}
