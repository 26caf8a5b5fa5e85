import type { SocketAhead } from "../link/socket_ahead.ts";
import { h } from "../view/h.ts";
import type { OpenPage } from "./open_page.ts";
import type { PageParts } from "./page_parts.ts";
import { PageReader } from "./page_reader.ts";
import { asPane } from "./pane_parts.ts";

// From which widths on there is room for one pane, and for two; as in style/base/panes.css.
const WIDTHS = ["(width >= 1100px)", "(width >= 1600px)"] as const;
const PANES_MAX = WIDTHS.length;
const NAME = /^[\w-]+$/;

/** What the panes need of the frame around them. */
export interface PanesHost {
  makePage(parts: PageParts, socket: SocketAhead | null): OpenPage;
  /** Keys act on this page from now on; null: on the one that the address names. */
  front(page: OpenPage | null): void;
  /** A person has closed a pane. */
  closed(session: string): void;
}

/** The sessions that an address names beside its own: `?beside=ID,ID`. */
export function besideOf({ search }: URL | Location): string[] {
  const ids = new URLSearchParams(search).get("beside")?.split(",") ?? [];
  return ids.filter((id) => NAME.test(id)).slice(-PANES_MAX);
}

export function withBeside({ pathname }: URL | Location, sessions: readonly string[]): string {
  return sessions.length > 0 ? `${pathname}?beside=${sessions.join(",")}` : pathname;
}

/** Sessions beside the page, as many as there is room for; each is read and written to like the page. */
export class Panes {
  private readonly host: PanesHost;
  private readonly widths = WIDTHS.map((query) => matchMedia(query));
  private readonly panes = new Map<string, Pane>();
  private wanted: readonly string[] = [];

  constructor(host: PanesHost) {
    this.host = host;
    for (const width of this.widths) width.addEventListener("change", () => this.fit());
  }

  /** So many panes have room in the window. */
  get room(): number {
    return this.widths.filter(({ matches }) => matches).length;
  }

  get sessions(): readonly string[] {
    return this.wanted;
  }

  get pages(): readonly OpenPage[] {
    return [...this.panes.values()].flatMap(({ page }) => page ?? []);
  }

  show(sessions: readonly string[]): void {
    this.wanted = sessions;
    this.fit();
  }

  private fit(): void {
    const kept = this.wanted.slice(0, this.room);
    for (const [session, pane] of this.panes) {
      if (kept.includes(session)) continue;
      this.panes.delete(session);
      this.host.front(null);
      pane.release();
    }
    for (const session of kept) {
      const pane = this.panes.get(session) ?? new Pane(session, this.host);
      this.panes.set(session, pane);
      document.body.append(pane.element);
    }
    document.body.dataset["panes"] = `${this.panes.size}`;
  }
}

/** One session beside the page. */
class Pane {
  readonly element: HTMLElement;
  page: OpenPage | null = null;
  private readonly host: PanesHost;
  private readonly session: string;
  private readonly reader = new PageReader();
  private readonly head = h("div", { class: "pane-head" });
  private readonly close = h("button", { type: "button", class: "icon", "aria-label": "Close this session" }, "×");

  constructor(session: string, host: PanesHost) {
    this.session = session;
    this.host = host;
    this.head.append(h("span", { class: "bar-space", role: "status" }, "Reading"), this.close);
    this.element = h("section", { class: "pane", "aria-label": "Another session" }, this.head);
    this.close.addEventListener("click", () => host.closed(session));
    for (const type of ["focusin", "pointerdown"] as const) {
      this.element.addEventListener(type, () => {
        if (this.page) host.front(this.page);
      });
    }
    void this.read();
  }

  release(): void {
    this.reader.drop();
    this.page?.leave();
    this.page?.release();
    this.element.remove();
  }

  private async read(): Promise<void> {
    const url = new URL(`/sessions/${encodeURIComponent(this.session)}/`, location.href);
    const read = await this.reader.read(url);
    if (read === "dropped") return;
    if (typeof read === "string") {
      return this.head.replaceChildren(h("span", { class: "bar-space", role: "status" }, "This session cannot be shown here"), this.close);
    }
    const parts = asPane(read);
    this.element.setAttribute("aria-label", parts.bar.querySelector("h1")?.textContent ?? parts.title);
    this.head.replaceChildren(parts.bar, this.close);
    this.element.append(parts.element);
    this.page = this.host.makePage(parts, this.reader.takeSocket());
  }
}
