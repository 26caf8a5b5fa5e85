import { Keyboard } from "../browser/keys.ts";
import { SeenSessions } from "../browser/seen_sessions.ts";
import { Roster } from "../link/roster.ts";
import { hasComeBack } from "../page/kept_place.ts";
import { Highlighter } from "../paint/highlighter.ts";
import { AsksCount } from "../view/inbox/asks_count.ts";
import { markdown } from "../view/markdown_bundle.ts";
import { TabTitle } from "../view/notification/tab_title.ts";
import { WorkerClient } from "../worker/client.ts";
import { spawnWorker } from "../worker/spawn.ts";
import { OpenPage, install } from "./open_page.ts";
import type { Given } from "./open_page.ts";
import { isFramed, keyOf, partsOf } from "./page_parts.ts";
import type { PageParts } from "./page_parts.ts";
import { PageReader, socketAheadOf } from "./page_reader.ts";
import { ParkedPages } from "./parked_pages.ts";
import { Panes, besideOf, withBeside } from "./panes.ts";
import { ReadAhead } from "./read_ahead.ts";
import { addToSearch } from "./search_page.ts";
import { Sidebar } from "./sidebar/sidebar.ts";
import { TabControls } from "./tab_controls.ts";

const UNREACHABLE = "This cannot be opened now: the server did not answer. Try again.";

/** The window around the pages of a tab: shows one of them, and parks those left lately. */
export class TabFrame {
  // First of all: while the page is made, its socket connects and subscribes.
  private readonly firstSocket = document.querySelector("main[data-session]") ? socketAheadOf(new URL(location.href)) : null;
  private readonly keyboard = new Keyboard();
  private readonly highlighter = new Highlighter(new WorkerClient(spawnWorker));
  private readonly reader = new PageReader();
  private readonly parked = new ParkedPages<OpenPage>();
  private readonly readAhead = new ReadAhead(this.reader, (url) => {
    return isFramed(url) && keyOf(url) !== this.shown?.key && !this.parked.has(keyOf(url));
  });
  private readonly roster: Roster | null = null;
  private readonly asks: AsksCount | null = null;
  private readonly sidebar: Sidebar | null = null;
  private readonly seen: SeenSessions;
  private readonly panes: Panes;
  private readonly tabTitle = new TabTitle();
  private shown: OpenPage | null = null;
  private front: OpenPage | null = null; // keys act on it: the shown page, or one beside it

  constructor() {
    new TabControls(this.keyboard, (path) => this.go(path));
    const aside = document.querySelector<HTMLElement>(".sidebar");
    this.seen = new SeenSessions(aside?.dataset["person"] ?? "");
    this.panes = new Panes({
      makePage: (page, socket) => this.page(page, { socket, isNamed: false, isBack: false }),
      front: (page) => this.toFront(page ?? this.shown),
      closed: (session) => this.beside(this.panes.sessions.filter((each) => each !== session)),
    });
    const search = document.querySelector<HTMLElement>("main.search");
    if (search) addToSearch(search, this.keyboard.common);
    const parts = partsOf(document);
    if (!parts) return;
    const count = document.querySelector<HTMLElement>("header [data-slot=asks]");
    if (aside && count) {
      this.roster = new Roster();
      this.asks = new AsksCount(count, this.tabTitle);
      this.roster.tell(this.asks);
      this.sidebar = new Sidebar(aside, {
        keys: this.keyboard.common,
        roster: this.roster,
        seen: this.seen,
        open: (path) => this.go(path),
        expect: (path) => this.readAhead.soon(new URL(path, location.href)),
        openBeside: (session) => this.openBeside(session),
        inSight: () => [this.shown?.session ?? "", ...this.panes.sessions],
      });
      this.keyboard.common.add("[", "sessions side by side: to the one before", () => this.stepFront(-1));
      this.keyboard.common.add("]", "sessions side by side: to the next one", () => this.stepFront(1));
      this.listen();
    }
    const { firstSocket } = this;
    this.enter(this.page(parts, { socket: firstSocket, isNamed: true, isBack: hasComeBack() }));
    // The server answers the session's socket first: the rows that are waited for.
    if (firstSocket) void firstSocket.answered.then(() => this.roster?.start());
    else this.roster?.start();
    if (this.roster) addEventListener("load", () => void markdown.load()); // for the session that is opened next
  }

  private go(path: string): void {
    void this.follow(new URL(path, location.href));
  }

  /** Go to an address: in place if the frame can show what is there. */
  private async follow(url: URL): Promise<void> {
    if (!this.roster || !isFramed(url) || keyOf(url) === this.shown?.key) return location.assign(url);
    const page = await this.found(url);
    if (page === "elsewhere") return location.assign(url);
    if (page === "unreachable") return this.shown?.complain(UNREACHABLE);
    if (page === "dropped") return;
    const others = this.panes.sessions.filter((each) => !url.pathname.includes(`/${each}/`));
    const isSession = url.pathname.startsWith("/sessions/");
    history.pushState(null, "", isSession && others.length > 0 ? withBeside(url, others) + url.hash : url);
    this.change(page, false);
  }

  /** The browser went back or forward: the address is another one already. */
  private async returned(): Promise<void> {
    if (keyOf(location) === this.shown?.key) {
      this.reader.drop(); // to another place of the page, or with other sessions beside it
      this.shown.address = location.href;
      return this.panes.show(besideOf(location));
    }
    const page = await this.found(new URL(location.href));
    if (page === "elsewhere") return location.reload();
    if (page === "dropped") return;
    if (page !== "unreachable") return this.change(page, true);
    history.replaceState(null, "", this.shown?.address);
    this.shown?.complain(UNREACHABLE);
  }

  private async found(url: URL): Promise<OpenPage | PageParts | "elsewhere" | "unreachable" | "dropped"> {
    if (!this.parked.has(keyOf(url))) return this.reader.read(url);
    this.reader.drop();
    return this.parked.take(keyOf(url)) ?? "dropped";
  }

  /** Show another page, and park the one that is shown. */
  private change(page: OpenPage | PageParts, isReturn: boolean): void {
    const { shown } = this;
    const hadFocus = document.activeElement !== document.body;
    if (shown?.leave()) this.parked.add(shown);
    else shown?.release();
    if (page instanceof OpenPage) page.enter();
    else install(page);
    this.enter(page instanceof OpenPage ? page : this.made(page, true));
    if (hadFocus || isReturn) this.shown?.focus();
  }

  private made(parts: PageParts, isBack: boolean): OpenPage {
    return this.page(parts, { socket: this.reader.takeSocket(), isNamed: true, isBack });
  }

  private page(parts: PageParts, own: Pick<Given, "socket" | "isNamed" | "isBack">): OpenPage {
    const { roster, highlighter, seen, tabTitle } = this;
    const key = own.isNamed ? keyOf(location) : `/sessions/${parts.main.dataset["session"]}/`;
    return new OpenPage(key, parts, { roster, highlighter, seen, tabTitle, ...own });
  }

  private enter(page: OpenPage): void {
    if (this.front !== page) this.front?.front(false);
    this.shown = this.front = page;
    page.address = location.href;
    this.keyboard.page = page.keys;
    this.tabTitle.turn(page.title);
    this.panes.show(this.roster && page.session ? besideOf(location) : []);
    this.asks?.useIcon(page.session === "");
    this.sidebar?.show(page.session);
  }

  private openBeside(session: string): void {
    if (!this.shown?.session || this.panes.room === 0) return this.go(`/sessions/${encodeURIComponent(session)}/`);
    const { sessions } = this.panes;
    if (session !== this.shown.session && !sessions.includes(session)) this.beside([...sessions, session]);
  }

  /** Have these sessions beside the page. */
  private beside(sessions: readonly string[]): void {
    history.pushState(null, "", withBeside(location, sessions));
    if (this.shown) this.shown.address = location.href;
    this.panes.show(besideOf(location));
  }

  private toFront(page: OpenPage | null): void {
    if (!page || page === this.front) return;
    this.front?.front(false);
    this.front = page;
    this.tabTitle.turn(page.title);
    page.front(true);
    this.keyboard.page = page.keys;
  }

  private stepFront(by: number): boolean {
    const pages = [this.shown, ...this.panes.pages].filter((page) => page !== null);
    const at = pages.findIndex((page) => page === this.front);
    const next = pages[(at + by + pages.length) % pages.length];
    if (!next || next === this.front) return false;
    this.toFront(next);
    next.focus();
    return true;
  }

  private listen(): void {
    for (const type of ["focusin", "pointerdown"] as const) {
      document.addEventListener(type, ({ target }) => {
        const isPage = target instanceof Element && target.closest(".page") && !target.closest(".pane");
        if (isPage && this.shown) this.toFront(this.shown);
      });
    }
    addEventListener("popstate", () => void this.returned());
    addEventListener("hashchange", () => {
      if (this.shown) this.shown.address = location.href;
    });
    document.addEventListener("click", (event) => {
      const url = this.pointedAt(event);
      if (!url) return;
      event.preventDefault();
      void this.follow(url);
    });
    this.readAhead.listen((event) => this.pointedAt(event));
  }

  /** The address of another page of the frame that a click leads to. */
  private pointedAt(event: MouseEvent): URL | null {
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!isPlain || event.defaultPrevented || !link || link.target || link.hasAttribute("download")) return null;
    const url = new URL(link.href, location.href);
    return isFramed(url) && keyOf(url) !== this.shown?.key ? url : null;
  }
}
