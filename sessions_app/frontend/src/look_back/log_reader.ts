import { readBefore } from "../link/history.ts";
import { isKnown } from "../protocol.ts";
import type { AnyEvent } from "../protocol.ts";

/** Reads whole logs: a session's, and those of all sub-agents below it. */
export class LogReader {
  readonly logs = new Map<string, readonly AnyEvent[]>();
  private readonly onProgress: (events: number) => void;
  private events = 0;

  /** `onProgress` is called with the number of events read so far. */
  constructor(onProgress: (events: number) => void) {
    this.onProgress = onProgress;
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
    const read = readBefore(session);
    const pages: AnyEvent[][] = [];
    let start = Number.MAX_SAFE_INTEGER - 1;
    while (start > 0) {
      const { after, events } = await read(start + 1);
      pages.push(events);
      start = events.length > 0 ? after : 0;
      this.events += events.length;
      this.onProgress(this.events);
    }
    return pages.reverse().flat();
  }
}
