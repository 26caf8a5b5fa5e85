import { Keys } from "../browser/keys.ts";
import { PageScope } from "../browser/page_scope.ts";
import type { Roster } from "../link/roster.ts";
import { InboxPage } from "../page/inbox_page.ts";
import { ListPage } from "../page/list_page.ts";
import { SessionPage } from "../page/session_page.ts";
import type { FramedPage } from "../page/shell.ts";
import type { Highlighter } from "../paint/highlighter.ts";
import { StartForm } from "../view/form/start_form.ts";
import { setText } from "../view/h.ts";
import type { PageParts } from "./page_parts.ts";
import { WallPage } from "./wall_page.ts";

const PAGES = { session: SessionPage, list: ListPage, inbox: InboxPage, wall: WallPage };

/** What all pages of a tab share. */
export interface Shared {
  readonly roster: Roster | null;
  readonly highlighter: Highlighter;
}

/** A page that lives: it is in the window, or parked. */
export class OpenPage {
  readonly key: string;
  readonly keys = new Keys();
  /** The session that the page is about; "" if it is another page. */
  readonly session: string;
  address = "";
  private readonly parts: PageParts;
  private readonly scope = new PageScope();
  private readonly page: FramedPage;
  private scrolledPx = 0;
  private focused: EventTarget | null = null; // what of the page had the focus last

  /** `parts` are in the document already. */
  constructor(key: string, parts: PageParts, shared: Shared, isBack: boolean) {
    this.key = key;
    this.parts = parts;
    this.session = parts.main.dataset["session"] ?? "";
    const shell = { ...shared, keys: this.keys, scope: this.scope, isBack };
    const badge = parts.bar.querySelector<HTMLElement>(".badge");
    const kind = PAGES[parts.main.dataset["page"] as keyof typeof PAGES];
    if (!badge || !kind) throw new Error(`no page is called ${parts.main.dataset["page"]}`);
    this.page = new kind(parts.main, badge, shell);
    const start = parts.element.querySelector<HTMLFormElement>("form.start");
    if (start) new StartForm(start, this.keys, this.scope);
    parts.element.addEventListener("focusin", ({ target }) => (this.focused = target));
    this.page.start();
  }

  /** The seq up to which the page has read its session's log. */
  get cursor(): number {
    return this.page.cursor;
  }

  complain(words: string): void {
    this.page.complain(words);
  }

  /** Put the page back into the window, as it was left. */
  enter(): void {
    install(this.parts);
    this.scope.isInFront = true;
    this.page.show();
    scrollTo({ top: this.scrolledPx, behavior: "instant" });
  }

  /** Give the focus to what had it when the page was left, or to what is read. */
  focus(): void {
    const { focused, parts } = this;
    const isThere = focused instanceof HTMLElement && focused.isConnected;
    const target = isThere ? focused : parts.main.querySelector<HTMLElement>(".scroller");
    target?.focus({ preventScroll: true });
    const announcer = parts.main.querySelector("[data-slot=announcer]");
    if (announcer) setText(announcer, parts.bar.querySelector("h1")?.textContent ?? parts.title);
  }

  /** Take the page out of the window; returns false if coming back would be of no use. */
  leave(): boolean {
    this.scrolledPx = scrollY;
    this.scope.isInFront = false;
    return this.page.park();
  }

  release(): void {
    this.scope.release();
  }
}

/** Put a page's parts in the place of those that are in the document. */
export function install({ element, bar, title, bodyClass }: PageParts): void {
  document.querySelector(".page")?.replaceWith(element);
  document.querySelector(".bar-page")?.replaceWith(bar);
  document.body.className = bodyClass;
  document.title = title;
}
