import { Loop } from "../browser/loop.ts";
import type { SessionSummary } from "../protocol.ts";
import { request } from "../link/request.ts";
import { addAnswerKeys } from "../view/inbox/answer_keys.ts";
import { AskCards } from "../view/inbox/ask_cards.ts";
import type { Inbox } from "../view/inbox/ask_cards.ts";
import { Badge } from "../view/head/badge.ts";
import { setText } from "../view/h.ts";
import { markdown } from "../view/markdown_bundle.ts";
import type { FramedPage, Shell } from "./shell.ts";

const GATHER_MS = 150; // ms; changes of several sessions at once are one update

/** The inbox page: the pending approvals of all sessions, live. */
export class InboxPage implements FramedPage {
  private readonly root: HTMLElement;
  private readonly shell: Shell;
  private readonly cards: AskCards;
  private readonly badge: Badge;
  private readonly loop: Loop;
  private timer = 0;

  constructor(root: HTMLElement, badge: HTMLElement, shell: Shell) {
    this.root = root;
    this.shell = shell;
    this.cards = new AskCards(root, shell.highlighter.worker, () => this.readSoon());
    this.badge = new Badge(badge);
    this.loop = new Loop(() => this.flush(), shell.scope.signal);
    addAnswerKeys(shell.keys, root);
  }

  start(): void {
    const { roster, scope } = this.shell;
    roster?.tell(this, scope.signal);
    this.loop.request();
    void this.read();
  }

  park(): boolean {
    return true;
  }

  complain(words: string): void {
    const place = this.root.querySelector<HTMLElement>("[data-slot=problem]");
    if (!place) return;
    place.hidden = words === "";
    setText(place, words);
  }

  show(): void {
    this.loop.request();
  }

  listed(rows: SessionSummary[]): void {
    if (rows.some((row) => row.asks > 0 || this.cards.has(row.id))) this.readSoon();
  }

  changed(): void {
    this.loop.request();
  }

  private readSoon(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.read(), GATHER_MS);
  }

  private async read(): Promise<void> {
    const [{ value, problem }] = await Promise.all([request<Inbox>("GET", "/inbox/asks"), markdown.load()]);
    this.complain(problem ?? "");
    if (value && markdown.isLoaded) this.cards.show(value);
  }

  private flush(): boolean {
    if (this.shell.roster) this.badge.update(this.shell.roster.link);
    return false;
  }
}
