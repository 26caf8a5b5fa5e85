import type { Model } from "../model.ts";
import type { Row } from "../row.ts";

/** A row and its session. */
export interface Place {
  readonly session: string;
  readonly row: Row;
}

/** All rows that have been read, as they are shown: a sub-agent's below its call. */
export function placesOf(model: Model, session: string): Place[] {
  const places: Place[] = [];
  const seen = new Set<string>();
  const walk = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const row of model.thread(id).rows) {
      places.push({ session: id, row });
      if (row.kind === "tool" && row.child) walk(row.child.id);
    }
  };
  walk(session);
  return places;
}

/** The next (or previous) matching row, wrapping around. */
export function step(
  places: readonly Place[],
  from: Row | null,
  by: 1 | -1,
  isGood: (row: Row) => boolean,
): Place | null {
  const at = from ? places.findIndex(({ row }) => row === from) : -1;
  const start = at < 0 && by < 0 ? places.length : at;
  for (let i = 1; i <= places.length; i += 1) {
    const index = (start + by * i + places.length * 2) % places.length;
    const place = places[index];
    if (place && isGood(place.row)) return place;
  }
  return null;
}

/** Grows with every event that is folded into a session or into what is below it. */
export function versionOf(model: Model, session: string): number {
  return familyOf(model, session).reduce((sum, id) => sum + model.thread(id).version, 0);
}

/** A session and all sub-agents below it that are known. */
export function familyOf(model: Model, session: string): string[] {
  const ids = new Set([session]);
  // Children added during the loop are visited as well.
  for (const id of ids) for (const child of model.thread(id).children) ids.add(child);
  return [...ids];
}
