import type { Listener } from "../link/link.ts";
import { Socket } from "../link/socket.ts";
import { Loop } from "../browser/loop.ts";
import type { Folded } from "../model/thread.ts";
import type { SessionSummary } from "../protocol.ts";
import { request } from "../link/request.ts";
import { addAnswerKeys } from "../view/inbox/answer_keys.ts";
import { AskCards } from "../view/inbox/ask_cards.ts";
import type { Inbox } from "../view/inbox/ask_cards.ts";
import { Badge } from "../view/head/badge.ts";
import { setText } from "../view/h.ts";
import { WorkerClient } from "../worker/client.ts";
import { spawnWorker } from "../worker/spawn.ts";
import type { Shell } from "./shell.ts";

const GATHER_MS = 150; // ms; changes of several sessions at once are one update

/** The inbox page: the pending approvals of all sessions, live. */
export class InboxPage implements Listener {
  private readonly root: HTMLElement;
  private readonly shell: Shell;
  private readonly cards: AskCards;
  private readonly badge: Badge;
  private readonly socket: Socket;
  private readonly loop: Loop;
  private timer = 0;

  constructor(root: HTMLElement, badge: HTMLElement, shell: Shell) {
    this.root = root;
    this.shell = shell;
    this.cards = new AskCards(root, new WorkerClient(spawnWorker), () => this.readSoon());
    this.badge = new Badge(badge);
    this.loop = new Loop(() => this.flush());
    this.socket = new Socket(this, this.loop);
    addAnswerKeys(shell.keys);
  }

  start(): void {
    this.socket.link.watchSessions(true);
    this.socket.link.start();
    void this.read();
  }

  listed(rows: SessionSummary[]): void {
    this.shell.listed(rows);
    if (rows.some((row) => row.asks > 0 || this.cards.has(row.id))) this.readSoon();
  }

  begun(): void {}

  folded(): Folded {
    return "folded"; // this page subscribes to no session
  }

  forgotten(): void {}

  subscribed(): void {}

  complained(): void {}

  changed(): void {
    this.loop.request();
  }

  private readSoon(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.read(), GATHER_MS);
  }

  private async read(): Promise<void> {
    const { value, problem } = await request<Inbox>("GET", "/inbox/asks");
    const place = this.root.querySelector<HTMLElement>("[data-slot=problem]");
    if (place) {
      place.hidden = problem === null;
      setText(place, problem ?? "");
    }
    if (value) this.cards.show(value);
  }

  private flush(): boolean {
    this.badge.update(this.socket.link);
    return false;
  }
}
