import type { PageReader } from "./page_reader.ts";

const PRESSED_FRESH_MS = 3_000; // a press becomes a click within that time, or never
const FOCUSED_FRESH_MS = 30_000; // who goes by keys reads in between; the page's socket brings what comes meanwhile
const DWELL_MS = 100; // who runs through a list by a key that repeats stays on each line for less

/**
 * Reads the page that a person is about to ask for: a pointer is down on its link, its link has
 * the focus by keys, or the key that led here would lead there.
 */
export class ReadAhead {
  private readonly reader: PageReader;
  private readonly isWanted: (url: URL) => boolean;
  private timer = 0;

  /** `isWanted` is false for addresses that cannot be shown in place, or need no reading. */
  constructor(reader: PageReader, isWanted: (url: URL) => boolean) {
    this.reader = reader;
    this.isWanted = isWanted;
  }

  /** `linkOf` finds the address that a press leads to. */
  listen(linkOf: (event: PointerEvent) => URL | null): void {
    document.addEventListener("pointerdown", (event) => {
      const url = linkOf(event);
      if (url) this.expect(url, PRESSED_FRESH_MS);
    });
    // The finger scrolls instead.
    document.addEventListener("pointercancel", () => this.reader.forgo());
    document.addEventListener("focusin", ({ target }) => {
      const link = target instanceof HTMLAnchorElement && target.matches(":focus-visible") ? target : null;
      if (link && !link.target && !link.hasAttribute("download")) this.soon(new URL(link.href, location.href));
    });
  }

  /** Read a session's page in a moment, if nothing else is wanted until then. */
  soon(url: URL): void {
    clearTimeout(this.timer);
    if (!url.pathname.startsWith("/sessions/")) return;
    this.timer = window.setTimeout(() => this.expect(url, FOCUSED_FRESH_MS), DWELL_MS);
  }

  private expect(url: URL, freshMs: number): void {
    clearTimeout(this.timer);
    if (this.isWanted(url)) this.reader.expect(url, freshMs);
  }
}
