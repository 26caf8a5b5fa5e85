import { openSocket } from "../link/socket.ts";
import { SocketAhead } from "../link/socket_ahead.ts";
import { keyOf, partsOf } from "./page_parts.ts";
import type { PageParts } from "./page_parts.ts";

/**
 * "elsewhere": the browser must load the address, which leads to another page (to sign in),
 * to an error page, or to a newer version of the page. "dropped": another one was read.
 */
export type ReadPage = PageParts | "elsewhere" | "unreachable" | "dropped";

const SESSION = /^\/sessions\/([\w-]+)\//;

/** Reads pages from the server, one at a time; a session's page finds its log on its way. */
export class PageReader {
  private request: XMLHttpRequest | null = null;
  private ahead: SocketAhead | null = null;
  private expected: { readonly href: string; readonly page: Promise<ReadPage> } | null = null;

  /**
   * Begin to read a page that will probably be asked for; it may be shown for `freshMs`. Does nothing
   * while a page is being read that was asked for.
   */
  expect(url: URL, freshMs: number): void {
    if (this.expected?.href === url.href || (this.request && !this.expected)) return;
    const expected = { href: url.href, page: this.read(url) };
    this.expected = expected;
    setTimeout(() => {
      if (this.expected === expected) this.drop();
    }, freshMs);
  }

  /** The page that was expected will not be asked for. */
  forgo(): void {
    if (this.expected) this.drop();
  }

  /** Read a page; whatever else was being read before is dropped. */
  read(url: URL): Promise<ReadPage> {
    const { expected } = this;
    this.expected = null;
    if (expected?.href === url.href) return expected.page.then((page) => (page === "unreachable" ? this.read(url) : page));
    this.drop();
    const request = new XMLHttpRequest();
    this.request = request;
    // The browser itself parses the answer, in a document of its own that runs no scripts.
    request.responseType = "document";
    request.open("GET", url.pathname + url.search);
    request.setRequestHeader("X-Ringside-Frame", "yes"); // the server leaves out what the frame has
    return new Promise((resolve) => {
      request.onload = () => {
        this.request = null;
        const page = received(request, url);
        if (typeof page === "string") this.takeSocket()?.socket.close();
        resolve(page);
      };
      request.onerror = () => {
        this.request = null;
        resolve("unreachable");
      };
      request.onabort = () => resolve("dropped");
      request.send();
      // After the request: the page is made while its log is on its way.
      this.ahead = socketAheadOf(url);
    });
  }

  drop(): void {
    this.expected = null;
    this.request?.abort();
    this.request = null;
    this.takeSocket()?.socket.close();
  }

  /** The socket that was opened for the page that was read; null if it needs none. */
  takeSocket(): SocketAhead | null {
    const { ahead } = this;
    this.ahead = null;
    return ahead;
  }
}

/** Open the socket of a session's page; null for other pages, and with `from`: then another part of the log is read. */
export function socketAheadOf(url: URL): SocketAhead | null {
  const session = SESSION.exec(url.pathname)?.[1];
  return session && !url.searchParams.has("from") ? new SocketAhead(openSocket(), session) : null;
}

function received({ status, responseURL, responseXML }: XMLHttpRequest, url: URL): ReadPage {
  const isThere = status === 200 && keyOf(new URL(responseURL)) === keyOf(url);
  const parts = isThere && responseXML ? partsOf(responseXML) : null;
  if (!parts || !responseXML || versionOf(responseXML) !== versionOf(document)) return "elsewhere";
  // Parsed as if there were no scripts, these have elements in them.
  for (const each of parts.element.querySelectorAll("noscript")) each.remove();
  return parts;
}

/** The addresses of the page's scripts and styles, which differ between versions. */
function versionOf(page: Document): string {
  const files = page.querySelectorAll("head > script[src], head > link[rel=stylesheet]");
  return [...files].map((file) => file.getAttribute("src") ?? file.getAttribute("href")).join(" ");
}
