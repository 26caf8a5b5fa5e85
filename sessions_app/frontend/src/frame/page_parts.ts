/** The parts of a document that belong to one page; all else is the frame around it. */
export interface PageParts {
  /** What the page shows. */
  readonly element: HTMLElement;
  /** The page's part of the bar: title, state of the connection, links. */
  readonly bar: HTMLElement;
  readonly main: HTMLElement;
  readonly title: string;
  readonly bodyClass: string;
}

/** Find the parts of a page that the frame can show; null if the document has none. */
export function partsOf(from: Document): PageParts | null {
  const element = from.querySelector<HTMLElement>(".page");
  const bar = from.querySelector<HTMLElement>(".bar-page");
  const main = element?.querySelector<HTMLElement>("main[data-page]");
  if (!element || !bar || !main) return null;
  return { element, bar, main, title: from.title, bodyClass: from.body.className };
}

/** Pages have the same key if they are one page, whichever of its places is named. */
export function keyOf({ pathname, search }: URL | Location): string {
  return pathname.startsWith("/sessions/") ? pathname : pathname + search;
}

const ADDRESS = /^\/(?:inbox\/|wall\/|sessions\/[\w-]+\/)?$/;

/** True if the frame can show what is at the address. */
export function isFramed({ origin, pathname }: URL): boolean {
  return origin === location.origin && ADDRESS.test(pathname);
}
