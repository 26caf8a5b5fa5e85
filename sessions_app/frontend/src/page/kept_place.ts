/** A row by one of its events, and where its upper edge was: px below the scroller's. */
export interface KeptPlace {
  readonly seq: number;
  readonly y: number;
}

/** The place that this tab left the session at, if the page is come back to. */
export function keptPlace(session: string): KeptPlace | null {
  const [entry] = performance.getEntriesByType("navigation");
  const isBack = entry && "type" in entry && (entry.type === "reload" || entry.type === "back_forward");
  const kept = sessionStorage.getItem(nameOf(session));
  return isBack && kept && location.hash === "" ? (JSON.parse(kept) as KeptPlace) : null;
}

/** Keep a place for when the page is come back to; null: the reader was at the end. */
export function keepPlace(session: string, place: KeptPlace | null): void {
  if (place) sessionStorage.setItem(nameOf(session), JSON.stringify(place));
  else sessionStorage.removeItem(nameOf(session));
}

function nameOf(session: string): string {
  return `ringside place ${session}`;
}
