import { Keyboard } from "../browser/keys.ts";
import { Roster } from "../link/roster.ts";
import { hasComeBack } from "../page/kept_place.ts";
import { Highlighter } from "../paint/highlighter.ts";
import { AsksCount } from "../view/inbox/asks_count.ts";
import { WorkerClient } from "../worker/client.ts";
import { spawnWorker } from "../worker/spawn.ts";
import { OpenPage, install } from "./open_page.ts";
import { isFramed, keyOf, partsOf } from "./page_parts.ts";
import type { PageParts } from "./page_parts.ts";
import { PageReader } from "./page_reader.ts";
import { ParkedPages } from "./parked_pages.ts";
import { Sidebar } from "./sidebar.ts";
import { TabControls } from "./tab_controls.ts";

const UNREACHABLE = "This cannot be opened now: the server did not answer. Try again.";

/** The window around the pages of a tab: shows one of them, and parks those left lately. */
export class TabFrame {
  private readonly keyboard = new Keyboard();
  private readonly highlighter = new Highlighter(new WorkerClient(spawnWorker));
  private readonly reader = new PageReader();
  private readonly parked = new ParkedPages<OpenPage>();
  private readonly roster: Roster | null = null;
  private readonly asks: AsksCount | null = null;
  private readonly sidebar: Sidebar | null = null;
  private shown: OpenPage | null = null;

  constructor() {
    new TabControls(this.keyboard, (path) => this.go(path));
    const parts = partsOf(document);
    if (!parts) return;
    const aside = document.querySelector<HTMLElement>(".sidebar");
    const count = document.querySelector<HTMLElement>("header [data-slot=asks]");
    if (aside && count) {
      this.roster = new Roster();
      this.asks = new AsksCount(count);
      this.roster.tell(this.asks);
      this.sidebar = new Sidebar(aside, this.keyboard.common, this.roster, (path) => this.go(path));
      this.listen();
    }
    this.enter(this.made(parts, hasComeBack()));
    this.roster?.start();
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
    history.pushState(null, "", url);
    this.change(page, false);
  }

  /** The browser went back or forward: the address is another one already. */
  private async returned(): Promise<void> {
    if (keyOf(location) === this.shown?.key) return this.reader.drop(); // to another place of the page
    const page = await this.found(new URL(location.href));
    if (page === "elsewhere") return location.reload();
    if (page === "dropped") return;
    if (page !== "unreachable") return this.change(page, true);
    history.replaceState(null, "", this.shown?.address);
    this.shown?.complain(UNREACHABLE);
  }

  private async found(url: URL): Promise<OpenPage | PageParts | "elsewhere" | "unreachable" | "dropped"> {
    this.reader.drop();
    return this.parked.take(keyOf(url)) ?? (await this.reader.read(url));
  }

  /** Show another page, and park the one that is shown. */
  private change(page: OpenPage | PageParts, isReturn: boolean): void {
    const { shown } = this;
    const hadFocus = document.activeElement !== document.body;
    if (shown?.leave()) this.parked.add(shown);
    else shown?.release();
    if (shown) this.sidebar?.left(shown.session, shown.cursor);
    if (page instanceof OpenPage) page.enter();
    else install(page);
    this.enter(page instanceof OpenPage ? page : this.made(page, true));
    if (hadFocus || isReturn) this.shown?.focus();
  }

  private made(parts: PageParts, isBack: boolean): OpenPage {
    const { roster, highlighter } = this;
    return new OpenPage(keyOf(location), parts, { roster, highlighter }, isBack);
  }

  private enter(page: OpenPage): void {
    this.shown = page;
    page.address = location.href;
    this.keyboard.page = page.keys;
    this.asks?.useIcon(page.session === "");
    this.sidebar?.show(page.session);
  }

  private listen(): void {
    addEventListener("popstate", () => void this.returned());
    addEventListener("hashchange", () => {
      if (this.shown) this.shown.address = location.href;
    });
    document.addEventListener("click", (event) => {
      const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
      const link = event.target instanceof Element ? event.target.closest("a") : null;
      if (!isPlain || event.defaultPrevented || !link || link.target || link.hasAttribute("download")) return;
      const url = new URL(link.href, location.href);
      if (!isFramed(url) || keyOf(url) === this.shown?.key) return;
      event.preventDefault();
      void this.follow(url);
    });
  }
}
