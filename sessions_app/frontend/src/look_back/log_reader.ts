import { History, readBefore } from "../link/history.ts";
import { isKnown } from "../protocol.ts";
import type { AnyEvent } from "../protocol.ts";

/** Reads whole logs: a session's, and those of all sub-agents below it. */
export class LogReader {
  readonly logs = new Map<string, readonly AnyEvent[]>();
  private readonly heard: (events: number) => void;
  private events = 0;

  /** `heard` is told how many events there are so far. */
  constructor(heard: (events: number) => void) {
    this.heard = heard;
  }

  async read(session: string): Promise<void> {
    if (this.logs.has(session)) return;
    this.logs.set(session, []);
    const log = await this.whole(session);
    this.logs.set(session, log);
    for (const event of log) {
      if (event.type === "agent_spawn" && isKnown(event)) await this.read(event.childId);
    }
  }

  private async whole(session: string): Promise<AnyEvent[]> {
    const history = new History(Number.MAX_SAFE_INTEGER - 1, readBefore(session));
    const parts: AnyEvent[][] = [];
    for (;;) {
      const older = await history.older();
      if (!older) return parts.reverse().flat();
      parts.push(older.events);
      this.events += older.events.length;
      this.heard(this.events);
    }
  }
}
