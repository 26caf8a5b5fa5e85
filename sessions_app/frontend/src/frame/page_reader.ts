import { openSocket } from "../link/socket.ts";
import { SocketAhead } from "../link/socket_ahead.ts";
import { keyOf, partsOf } from "./page_parts.ts";
import type { PageParts } from "./page_parts.ts";

/**
 * "elsewhere": the browser must load the address, which leads to another page (to sign in),
 * to an error page, or to a newer version of the page. "dropped": another one was read.
 */
export type ReadPage = PageParts | "elsewhere" | "unreachable" | "dropped";

const FRESH_MS = 3_000; // so long a page that was expected may be shown
const SESSION = /^\/sessions\/([\w-]+)\//;

/** Reads pages from the server, one at a time; a session's page finds its log on its way. */
export class PageReader {
  private request: XMLHttpRequest | null = null;
  private ahead: SocketAhead | null = null;
  private expected: { readonly href: string; readonly page: Promise<ReadPage> } | null = null;

  /** Begin to read a page that will be asked for in a moment: the pointer is down on its link. */
  expect(url: URL): void {
    if (this.expected?.href === url.href) return;
    const expected = { href: url.href, page: this.read(url) };
    this.expected = expected;
    setTimeout(() => {
      if (this.expected === expected) this.drop();
    }, FRESH_MS);
  }

  /** Read a page; whatever else was being read before is dropped. */
  read(url: URL): Promise<ReadPage> {
    const { expected } = this;
    this.expected = null;
    if (expected?.href === url.href) return expected.page;
    this.drop();
    const request = new XMLHttpRequest();
    this.request = request;
    const session = SESSION.exec(url.pathname)?.[1];
    // With `from` the page reads another part of the log.
    if (session && !url.searchParams.has("from")) this.ahead = new SocketAhead(openSocket(), session);
    // The browser itself parses the answer, in a document of its own that runs no scripts.
    request.responseType = "document";
    request.open("GET", url.pathname + url.search);
    request.setRequestHeader("X-Ringside-Frame", "yes"); // the server leaves out what the frame has
    return new Promise((resolve) => {
      request.onload = () => {
        const page = received(request, url);
        if (typeof page === "string") this.takeSocket()?.socket.close();
        resolve(page);
      };
      request.onerror = () => resolve("unreachable");
      request.onabort = () => resolve("dropped");
      request.send();
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
