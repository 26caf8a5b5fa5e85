import { Loop } from "../browser/loop.ts";
import type { SessionSummary } from "../protocol.ts";
import { request } from "../link/request.ts";
import { Badge } from "../view/head/badge.ts";
import { setText } from "../view/h.ts";
import { ListFilters } from "../view/form/list_filters.ts";
import type { ListPageData } from "../view/session_list/session_row.ts";
import { SessionRows } from "../view/session_list/session_rows.ts";
import type { FramedPage, Shell } from "./shell.ts";

const TICK_MS = 15_000; // ms between updates of "3 min ago" and of the activity lines
const GATHER_MS = 400; // ms; changes that arrive together are one update

/** The list of sessions, live. */
export class ListPage implements FramedPage {
  private readonly root: HTMLElement;
  private readonly shell: Shell;
  private readonly rows: SessionRows;
  private readonly filters: ListFilters;
  private readonly badge: Badge;
  private readonly loop: Loop;
  private waiting: SessionSummary[] = [];
  private next: string;
  private timer = 0;

  constructor(root: HTMLElement, badge: HTMLElement, shell: Shell) {
    this.root = root;
    this.shell = shell;
    this.next = root.dataset["next"] ?? "";
    this.rows = new SessionRows(root, (words) => this.say(words));
    const form = root.querySelector<HTMLFormElement>("form.filters");
    this.filters = new ListFilters(form, () => void this.read("show"));
    this.badge = new Badge(badge);
    this.loop = new Loop(() => this.flush(), shell.scope.signal);
    this.addKeys();
    this.more?.addEventListener("click", (event) => {
      event.preventDefault();
      void this.readMore();
    });
  }

  start(): void {
    const { roster, scope } = this.shell;
    roster?.tell(this, scope.signal);
    roster?.wantAll();
    scope.every(TICK_MS, () => this.tick());
    this.rows.tick(Date.now());
    this.loop.request();
  }

  park(): boolean {
    return true;
  }

  complain(words: string): void {
    this.say(words);
  }

  show(): void {
    this.tick();
  }

  listed(rows: SessionSummary[]): void {
    this.waiting.push(...rows);
    this.loop.request();
  }

  changed(): void {
    this.loop.request();
  }

  private flush(): boolean {
    const { isPlain } = this.filters;
    const strangers = this.rows.update(this.waiting, isPlain);
    this.waiting = [];
    // Only the server knows whether new sessions match the filter, and in which order.
    if (strangers && !isPlain) this.readSoon();
    if (this.shell.roster) this.badge.update(this.shell.roster.link);
    return false;
  }

  private tick(): void {
    if (document.hidden || !this.root.isConnected) return;
    this.rows.tick(Date.now());
    if (this.rows.areActive) void this.read("refresh");
  }

  private readSoon(): void {
    if (this.timer) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      void this.read("show");
    }, GATHER_MS);
  }

  private async read(then: "show" | "refresh"): Promise<void> {
    const asked = this.filters.query;
    const page = await this.page(asked);
    if (!page || asked !== this.filters.query) return; // the filters have changed meanwhile
    if (then === "refresh") return this.rows.refresh(page.rows);
    this.rows.show(page.rows);
    this.offerMore(page.next);
  }

  private async readMore(): Promise<void> {
    const page = await this.page(this.filters.query, this.next);
    if (!page) return;
    this.rows.add(page.rows);
    this.offerMore(page.next);
  }

  private async page(query: string, after = ""): Promise<ListPageData | null> {
    const path = `/sessions/list?${query}&after=${encodeURIComponent(after)}`;
    const { value, problem } = await request<ListPageData>("GET", path);
    this.say(problem ?? "");
    return value;
  }

  private offerMore(next: string): void {
    this.next = next;
    this.more?.parentElement?.toggleAttribute("hidden", next === "");
  }

  private get more(): HTMLElement | null {
    return this.root.querySelector<HTMLElement>("[data-act=more]");
  }

  private say(words: string): void {
    const place = this.root.querySelector<HTMLElement>("[data-slot=problem]");
    if (!place) return;
    setText(place, words);
    place.hidden = words === "";
  }

  private addKeys(): void {
    const { keys } = this.shell;
    keys.add("/", "search the list", () => this.filters.focus());
    keys.add("j", "next session", () => this.rows.step(1));
    keys.add("k", "previous session", () => this.rows.step(-1));
  }
}
