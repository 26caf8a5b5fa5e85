import type { SessionSummary } from "../protocol.ts";
import { keep } from "./keep.ts";

const SEEN_MAX = 300; // sessions remembered, those looked at last

/** Up to which seq a session was seen, and when it was last in sight, in ms since 1970. */
export interface Look {
  readonly seq: number;
  readonly atMs: number;
}

interface Seen {
  /** When this browser was first used, ms: what came before is not news. */
  readonly sinceMs: number;
  /** The one looked at last comes last. */
  readonly heads: readonly (readonly [session: string, seq: number, atMs?: number])[];
}

/** What a person has seen of each session, in all tabs of this browser. */
export class SeenSessions {
  private readonly name: string;
  private readonly storage: Storage;
  private sinceMs = Date.now();
  private readonly looks = new Map<string, Look>();

  constructor(person: string, storage: Storage = localStorage) {
    this.name = `ringside seen ${person}`;
    this.storage = storage;
    this.read();
  }

  /** Read what another tab has stored. */
  read(): void {
    const kept = this.storage.getItem(this.name);
    if (!kept) return;
    const { sinceMs, heads } = JSON.parse(kept) as Seen;
    this.sinceMs = sinceMs;
    for (const [session, seq, atMs = 0] of heads) {
      const own = this.looks.get(session); // later than the other tab's if the storage was full
      if (!own || own.atMs <= atMs) this.looks.set(session, { seq, atMs });
    }
  }

  isUnread({ id, head, updatedMs }: SessionSummary): boolean {
    const look = this.looks.get(id);
    return look ? head > look.seq : updatedMs > this.sinceMs;
  }

  /** The last look at a session, in any tab. */
  last(session: string): Look | null {
    return this.looks.get(session) ?? null;
  }

  /** A session is in sight up to a seq. */
  see(session: string, seq: number): void {
    if ((this.looks.get(session)?.seq ?? -1) < seq) this.leave(session, seq);
  }

  /** A session goes out of sight, seen up to a seq; what was seen in another tab stays seen. */
  leave(session: string, seq: number): void {
    this.read();
    const seen = Math.max(seq, this.looks.get(session)?.seq ?? 0);
    this.looks.set(session, { seq: seen, atMs: Date.now() });
    this.store();
  }

  /** Keep what was seen, at first when the browser was first used; in a full storage it lasts as long as the tab. */
  store(): void {
    const all = [...this.looks].map(([session, { seq, atMs }]) => [session, seq, atMs] as const);
    const heads = all.sort(([, , one], [, , other]) => one - other).slice(-SEEN_MAX);
    keep(this.storage, this.name, JSON.stringify({ sinceMs: this.sinceMs, heads }));
  }
}
