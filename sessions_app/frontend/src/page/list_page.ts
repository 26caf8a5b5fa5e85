import { Socket } from "../link/socket.ts";
import type { Listener } from "../link/link.ts";
import { Loop } from "../loop.ts";
import type { Folded } from "../model/thread.ts";
import type { SessionSummary } from "../protocol.ts";
import { Badge } from "../view/badge.ts";
import { SessionRows } from "../view/session_rows.ts";

const TICK_MS = 15_000; // "3 min ago" moves on

/** The list of sessions, live. */
export class ListPage implements Listener {
  private readonly rows: SessionRows;
  private readonly badge: Badge;
  private readonly socket: Socket;
  private readonly loop: Loop;
  private waiting: SessionSummary[] = [];

  constructor(root: HTMLElement, badge: HTMLElement) {
    this.rows = new SessionRows(root);
    this.badge = new Badge(badge);
    this.loop = new Loop(() => this.flush());
    this.socket = new Socket(this, this.loop);
  }

  start(): void {
    this.socket.link.watchSessions();
    this.socket.link.start();
    setInterval(() => this.rows.tick(Date.now()), TICK_MS);
    this.rows.tick(Date.now());
    this.loop.request();
  }

  listed(rows: SessionSummary[]): void {
    this.waiting.push(...rows);
    this.loop.request();
  }

  folded(): Folded {
    return "folded"; // no session is subscribed to here
  }

  begun(): void {}
  forgotten(): void {}

  subscribed(): void {}

  complained(): void {}

  changed(): void {
    this.loop.request();
  }

  private flush(): boolean {
    this.rows.show(this.waiting);
    this.waiting = [];
    this.badge.update(this.socket.link);
    return false;
  }
}
