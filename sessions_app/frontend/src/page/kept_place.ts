/** A row, named by one of its events, and its offset: px below the scroller's upper edge. */
export interface KeptPlace {
  readonly seq: number;
  readonly y: number;
}

/** The place at which this tab left the session, for coming back to the page. */
export function keptPlace(session: string): KeptPlace | null {
  const [entry] = performance.getEntriesByType("navigation");
  const isBack = entry && "type" in entry && (entry.type === "reload" || entry.type === "back_forward");
  const kept = sessionStorage.getItem(nameOf(session));
  return isBack && kept && location.hash === "" ? (JSON.parse(kept) as KeptPlace) : null;
}

/** Store the place for coming back to the page; null if the reader was at the end. */
export function keepPlace(session: string, place: KeptPlace | null): void {
  if (place) sessionStorage.setItem(nameOf(session), JSON.stringify(place));
  else sessionStorage.removeItem(nameOf(session));
}

function nameOf(session: string): string {
  return `ringside place ${session}`;
}
