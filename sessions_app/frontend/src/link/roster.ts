import type { Folded } from "../model/thread.ts";
import type { SessionSummary } from "../protocol.ts";
import type { Link, Listener } from "./link.ts";
import { Socket } from "./socket.ts";

/** What follows the list of sessions. */
export interface RosterReader {
  /** Rows that are new or have changed; after each connecting, all that wait among them. */
  listed(rows: SessionSummary[]): void;
  /** The connection's state may have changed. */
  changed?(): void;
}

/** The tab's connection for the list of sessions: one, whichever pages are open. */
export class Roster implements Listener {
  private readonly socket: Socket;
  private readonly readers = new Set<RosterReader>();
  private hasAll = false;

  constructor() {
    this.socket = new Socket(this, { hurry: () => {} }, new AbortController().signal);
  }

  get link(): Link {
    return this.socket.link;
  }

  start(): void {
    if (!this.hasAll) this.link.watchSessions(true);
    this.link.start();
  }

  /** Ask for the newest rows of all sessions, where before those alone come that wait. */
  wantAll(): void {
    if (this.hasAll) return;
    this.hasAll = true;
    this.link.watchSessions();
  }

  /** Tell a reader of all that comes from now on, until the signal is aborted. */
  tell(reader: RosterReader, signal?: AbortSignal): void {
    this.readers.add(reader);
    signal?.addEventListener("abort", () => this.readers.delete(reader));
  }

  listed(rows: SessionSummary[]): void {
    for (const reader of this.readers) reader.listed(rows);
  }

  changed(): void {
    for (const reader of this.readers) reader.changed?.();
  }

  folded(): Folded {
    return "folded"; // it subscribes to no session
  }

  begun(): void {}
  forgotten(): void {}
  subscribed(): void {}
  complained(): void {}
}
