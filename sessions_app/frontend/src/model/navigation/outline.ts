import type { Model } from "../model.ts";
import { placesOf } from "./place.ts";
import type { Place } from "./place.ts";
import type { Row } from "../row.ts";
import { isApproval, isEdit, isError } from "./sought.ts";

export type HeadingKind = "message" | "said" | "agent" | "error" | "approval" | "edit";

/** A row listed in the outline. */
export interface Heading {
  readonly place: Place;
  readonly kind: HeadingKind;
  /** The depth of the row's agent: 0 for the session's own, 1 for its sub-agents, … */
  readonly depth: number;
  /** The place's number among all places of the session. */
  readonly at: number;
}

/** A session and its sub-agents, as far as they were read, by their main rows. */
export class Outline {
  readonly headings: readonly Heading[];
  private readonly places: readonly Place[];

  constructor(model: Model, session: string) {
    this.places = placesOf(model, session);
    const depths = new Map([[session, 0]]);
    this.headings = this.places.flatMap((place, at) => {
      const { row } = place;
      const depth = depths.get(place.session) ?? 0;
      const below = row.kind === "tool" && row.child ? row.child.id : null;
      if (below !== null && !depths.has(below)) depths.set(below, depth + 1);
      const kind = kindOf(row);
      return kind ? [{ place, kind, depth, at }] : [];
    });
  }

  /** The index of the heading that a row is below, or is itself; -1: above the first. */
  indexAt(session: string, key: string): number {
    const at = this.places.findIndex((p) => p.row.key === key && p.session === session);
    return at < 0 ? -1 : this.headings.findLastIndex((heading) => heading.at <= at);
  }
}

function kindOf(row: Row): HeadingKind | null {
  if (row.kind === "message") return "message";
  if (row.kind === "text") return row.text.trim() === "" ? null : "said";
  if (isError(row)) return "error";
  if (row.kind !== "tool") return null;
  if (isApproval(row)) return "approval";
  if (row.child) return "agent";
  return isEdit(row) ? "edit" : null;
}

const HEADING = /^ {0,3}#{1,6}[ \t]+(.+?)[ \t#]*$/m;
const SIGNS = /^[ \t>#*+\-]+|[*_`~]+|\[([^\]]*)\]\([^)]*\)/g;
const READ_CHARS = 4_000; // characters of a text that are searched for a heading
const WORDS_CHARS = 120;

/** A text in one line: its first heading, otherwise its first words. */
export function firstWords(text: string): string {
  const start = text.slice(0, READ_CHARS);
  const line = HEADING.exec(start)?.[1] ?? start.trim().split("\n")[0] ?? "";
  return line.replace(SIGNS, "$1").trim().slice(0, WORDS_CHARS);
}
