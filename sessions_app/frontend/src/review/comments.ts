import { keep } from "../browser/keep.ts";
import type { ChangedPath } from "../protocol.ts";
import type { DiffLine } from "../worker/diff.ts";

const RANGE_MAX = 60; // lines that one comment quotes

/** A person's words on lines of a difference, or on a whole file. */
export interface Comment {
  readonly id: string;
  readonly path: string;
  /** Which side the number is of; "file": the comment is on no line. */
  readonly side: "before" | "after" | "file";
  readonly line: number;
  /** Of several lines, the number of the first; `line` is the last then. */
  readonly from?: number;
  /** The lines as they were commented on, with their signs. */
  readonly quoted: string;
  /** Git's name of the file's content then. */
  readonly blob: string;
  readonly text: string;
}

export type Spot = Omit<Comment, "id" | "text">;

const SIGNS = { same: " ", out: "-", in: "+", gap: " " } as const;

/** Where a comment on a line stands; null of what is no line of the file. */
export function spotOf(file: ChangedPath, line: DiffLine): Spot | null {
  const side = line.after === null ? "before" : "after";
  const number = line[side];
  if (number === null || line.kind === "gap") return null;
  const quoted = SIGNS[line.kind] + line.text;
  return { path: file.path, side, line: number, quoted, blob: file.blob ?? "" };
}

/** Where a comment on several lines stands, the last of which counts; null without a line. */
export function spotOfRange(file: ChangedPath, lines: readonly DiffLine[]): Spot | null {
  const shown = lines.filter(({ kind }) => kind !== "gap").slice(-RANGE_MAX);
  const spots = shown.flatMap((line) => spotOf(file, line) ?? []);
  const last = spots.at(-1);
  const first = spots.find(({ side }) => side === last?.side);
  if (!last || !first || spots.length === 1) return last ?? null;
  return { ...last, from: first.line, quoted: spots.map(({ quoted }) => quoted).join("\n") };
}

export function spotOfFile(file: ChangedPath): Spot {
  return { path: file.path, side: "file", line: 0, quoted: "", blob: file.blob ?? "" };
}

/** Whether the file has changed where the comment stands; `lines`: as far as they were read. */
export function isOutdated(
  comment: Comment,
  file: ChangedPath | undefined,
  lines: readonly DiffLine[] | null,
): boolean {
  if (!file) return true;
  if ((file.blob ?? "") === comment.blob || comment.side === "file") return false;
  const last = lines?.findIndex((line) => {
    const spot = spotOf(file, line);
    return spot !== null && endsAlike(spot, comment);
  });
  if (!lines || last === undefined || last < 0) return true;
  const count = comment.quoted.split("\n").length;
  const before = lines.slice(0, last + 1).filter(({ kind }) => kind !== "gap");
  return spotOfRange(file, before.slice(-count))?.quoted !== comment.quoted;
}

export function isSameSpot(one: Spot, other: Spot): boolean {
  return endsAlike(one, other) && one.from === other.from;
}

/** Whether the last of their lines is the same. */
export function endsAlike(one: Spot, other: Spot): boolean {
  return one.path === other.path && one.side === other.side && one.line === other.line;
}

/** The comments of a session that were not sent yet; kept in the browser. */
export class Comments {
  private readonly name: string;
  private kept: readonly Comment[];

  constructor(session: string) {
    this.name = `ringside comments ${session}`;
    this.kept = read(this.name);
  }

  get all(): readonly Comment[] {
    return this.kept;
  }

  /** Add a comment, or replace the one with its id. Returns false if it cannot be kept. */
  put(comment: Comment): boolean {
    const others = this.kept.filter(({ id }) => id !== comment.id);
    const isNew = others.length === this.kept.length;
    return this.keep(isNew ? [...others, comment] : this.kept.map((each) => (each.id === comment.id ? comment : each)));
  }

  remove(ids: ReadonlySet<string>): void {
    this.keep(this.kept.filter(({ id }) => !ids.has(id)));
  }

  private keep(comments: readonly Comment[]): boolean {
    this.kept = comments;
    if (comments.length > 0) return keep(localStorage, this.name, JSON.stringify(comments));
    localStorage.removeItem(this.name);
    return true;
  }
}

function read(name: string): readonly Comment[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(name) ?? "[]");
    return Array.isArray(kept) ? (kept as Comment[]) : [];
  } catch {
    return []; // written by something else
  }
}

/** All comments as one message: each with its place, and the line it is about. */
export function messageOf(comments: readonly Comment[], outdated: ReadonlySet<string>): string {
  const head = comments.length === 1 ? "A comment on your changes:" : `${comments.length} comments on your changes:`;
  return [head, ...comments.map((comment) => passageOf(comment, outdated.has(comment.id)))].join("\n\n");
}

function passageOf({ path, side, line, from, quoted, text }: Comment, isOld: boolean): string {
  const which = from === undefined ? `line ${line}` : `lines ${from} to ${line}`;
  const where = side === "file" ? "" : `, ${which}${side === "before" ? " before the change" : ""}`;
  const old = isOld ? (from === undefined ? " (the line has changed since)" : " (the lines have changed since)") : "";
  const fence = fenceOf(quoted);
  const excerpt = side === "file" ? [] : [`${fence}diff`, quoted, fence];
  return [`**${path}**${where}${old}`, ...excerpt, text].join("\n");
}

/** Longer than any run of backticks in the text. */
function fenceOf(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return "`".repeat(longest + 1);
}
