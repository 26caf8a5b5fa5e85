import { keep } from "../browser/keep.ts";
import type { ChangedPath } from "../protocol.ts";
import type { DiffLine } from "../worker/diff.ts";

/** A person's words on a line of a difference, or on a whole file. */
export interface Comment {
  readonly id: string;
  readonly path: string;
  /** Which side the number is of; "file": the comment is on no line. */
  readonly side: "before" | "after" | "file";
  readonly line: number;
  /** The line as it was commented on, with its sign. */
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
  return !lines?.some((line) => {
    const spot = spotOf(file, line);
    return spot !== null && isSameSpot(spot, comment) && spot.quoted === comment.quoted;
  });
}

export function isSameSpot(one: Spot, other: Spot): boolean {
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

function passageOf({ path, side, line, quoted, text }: Comment, isOld: boolean): string {
  const where = side === "file" ? "" : `, line ${line}${side === "before" ? " before the change" : ""}`;
  const old = isOld ? " (the line has changed since)" : "";
  const fence = fenceOf(quoted);
  const excerpt = side === "file" ? [] : [`${fence}diff`, quoted, fence];
  return [`**${path}**${where}${old}`, ...excerpt, text].join("\n");
}

/** Longer than any run of backticks in the text. */
function fenceOf(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return "`".repeat(longest + 1);
}
