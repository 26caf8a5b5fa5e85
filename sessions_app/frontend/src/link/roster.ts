import type { Folded } from "../model/thread.ts";
import type { SessionSummary } from "../protocol.ts";
import type { Link, Listener } from "./link.ts";
import { Socket } from "./socket.ts";

/** What follows the list of sessions. */
export interface RosterReader {
  /**
   * Rows that are new or have changed, the one changed last first; after each connecting,
   * all that wait are among them.
   */
  listed(rows: SessionSummary[]): void;
  /** The connection's state may have changed. */
  changed?(): void;
}

/** The tab's connection for the list of sessions: one, whichever pages are open. */
export class Roster implements Listener {
  private readonly socket: Socket;
  private readonly readers = new Set<RosterReader>();
  private readonly rows = new Map<string, SessionSummary>();
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

  /** Tell a reader of all that is known, and of all that comes until the signal is aborted. */
  tell(reader: RosterReader, signal?: AbortSignal): void {
    this.readers.add(reader);
    const known = [...this.rows.values()].sort((a, b) => b.updatedMs - a.updatedMs);
    if (known.length > 0) reader.listed(known);
    signal?.addEventListener("abort", () => this.readers.delete(reader));
  }

  listed(rows: SessionSummary[]): void {
    for (const row of rows) this.rows.set(row.id, row);
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
