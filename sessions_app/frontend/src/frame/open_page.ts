import { Keys } from "../browser/keys.ts";
import { PageScope } from "../browser/page_scope.ts";
import { InboxPage } from "../page/inbox_page.ts";
import { ListPage } from "../page/list_page.ts";
import { SessionPage } from "../page/session_page.ts";
import type { FramedPage, Shell } from "../page/shell.ts";
import { StartForm } from "../view/form/start_form.ts";
import { setText } from "../view/h.ts";
import type { PageParts } from "./page_parts.ts";
import { WallPage } from "./wall_page.ts";

const PAGES = { session: SessionPage, list: ListPage, inbox: InboxPage, wall: WallPage };

/** What the frame gives to a page; all else is the page's own. */
export type Given = Pick<Shell, "roster" | "highlighter" | "seen" | "tabTitle" | "socket" | "isNamed" | "isBack">;

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
  constructor(key: string, parts: PageParts, given: Given) {
    this.key = key;
    this.parts = parts;
    this.session = parts.main.dataset["session"] ?? "";
    const { keys, scope } = this;
    scope.isInFront = given.isNamed;
    const shell = { ...given, keys, scope, bar: parts.bar };
    const badge = parts.bar.querySelector<HTMLElement>(".badge");
    const kind = PAGES[parts.main.dataset["page"] as keyof typeof PAGES];
    if (!badge || !kind) throw new Error(`no page is called ${parts.main.dataset["page"]}`);
    this.page = new kind(parts.main, badge, shell);
    const start = parts.element.querySelector<HTMLFormElement>("form.start");
    if (start) new StartForm(start, this.keys, this.scope);
    parts.element.addEventListener("focusin", ({ target }) => (this.focused = target));
    this.page.start();
  }

  get title(): string {
    return this.parts.title;
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

  /** Whether keys act on the page: one of those in the window. */
  front(isInFront: boolean): void {
    this.scope.isInFront = isInFront;
    if (isInFront) this.page.show();
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
