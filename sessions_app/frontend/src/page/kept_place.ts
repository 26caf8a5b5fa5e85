import { keep } from "../browser/keep.ts";

/** A row, named by one of its events, and its offset: px below the scroller's upper edge. */
export interface KeptPlace {
  readonly seq: number;
  readonly y: number;
}

/** True if the browser has loaded this document to come back to it. */
export function hasComeBack(): boolean {
  const [entry] = performance.getEntriesByType("navigation");
  return entry !== undefined && "type" in entry && (entry.type === "reload" || entry.type === "back_forward");
}

/** The place at which this tab left the session. */
export function keptPlace(session: string): KeptPlace | null {
  const kept = sessionStorage.getItem(nameOf(session));
  return kept && location.hash === "" ? (JSON.parse(kept) as KeptPlace) : null;
}

/** Store the place for coming back to the page; null if the reader was at the end. */
export function keepPlace(session: string, place: KeptPlace | null): void {
  if (place) keep(sessionStorage, nameOf(session), JSON.stringify(place));
  else sessionStorage.removeItem(nameOf(session));
}

function nameOf(session: string): string {
  return `ringside place ${session}`;
}
