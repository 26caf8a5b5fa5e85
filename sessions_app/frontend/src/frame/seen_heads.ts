import type { SessionSummary } from "../protocol.ts";

const SEEN_MAX = 300; // sessions remembered, those looked at last

interface Seen {
  /** When this browser was first used, ms: what came before is not news. */
  readonly sinceMs: number;
  /** By session, the seq up to which it was seen; the one looked at last comes last. */
  readonly heads: readonly (readonly [string, number])[];
}

/** What a person has seen of each session, in this browser. */
export class SeenHeads {
  private readonly name: string;
  private readonly storage: Storage;
  private sinceMs = Date.now();
  private heads = new Map<string, number>();

  constructor(person: string, storage: Storage = localStorage) {
    this.name = `ringside seen ${person}`;
    this.storage = storage;
    this.read();
  }

  /** Read what another tab has stored. */
  read(): void {
    const kept = this.storage.getItem(this.name);
    if (!kept) return this.keep();
    const { sinceMs, heads } = JSON.parse(kept) as Seen;
    this.sinceMs = sinceMs;
    this.heads = new Map(heads);
  }

  isUnread({ id, head, updatedMs }: SessionSummary): boolean {
    const seen = this.heads.get(id);
    return seen === undefined ? updatedMs > this.sinceMs : head > seen;
  }

  see(session: string, head: number): void {
    if ((this.heads.get(session) ?? -1) >= head) return;
    this.read();
    this.heads.delete(session);
    this.heads.set(session, head);
    this.keep();
  }

  private keep(): void {
    const heads = [...this.heads].slice(-SEEN_MAX);
    const seen: Seen = { sinceMs: this.sinceMs, heads };
    try {
      this.storage.setItem(this.name, JSON.stringify(seen));
    } catch {
      // The storage is full: the marks last as long as the tab.
    }
  }
}
