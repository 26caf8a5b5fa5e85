import { readMessage } from "../json/lossless.ts";
import type { AnyEvent } from "../protocol.ts";

/** A page of a log, as `GET /sessions/<id>/events` sends it. */
interface LogPage {
  after: number;
  events: AnyEvent[];
}

/** Reads what is in the log before `before`, a page of it. */
export type ReadBefore = (before: number) => Promise<LogPage>;

/** Complete older turns; `start` is the seq before the first of them. */
export interface Older {
  start: number;
  events: AnyEvent[];
}

/** A session's log before where the page began to read it, turn by turn, backwards. */
export class History {
  private readonly read: ReadBefore;
  private start: number;
  private half: AnyEvent[] = []; // events of a turn whose start was not read yet
  private isReading = false;

  constructor(start: number, read: ReadBefore) {
    this.start = start;
    this.read = read;
  }

  get isWhole(): boolean {
    return this.start === 0 && this.half.length === 0;
  }

  /** Read until a whole turn is loaded; null if nothing is left, or a read is in progress. */
  async older(): Promise<Older | null> {
    if (this.isWhole || this.isReading) return null;
    this.isReading = true;
    try {
      return await this.readTurns();
    } finally {
      this.isReading = false;
    }
  }

  private async readTurns(): Promise<Older> {
    for (;;) {
      const { after, events } = await this.read(this.start + 1);
      this.half = [...events, ...this.half];
      this.start = events.length > 0 ? after : 0;
      const turn = this.half.findIndex((event) => event.type === "turn_start");
      const cut = this.start === 0 ? 0 : turn;
      if (cut < 0) continue;
      const whole = this.half.splice(cut);
      const first = whole[0]?.seq ?? 1;
      return { start: this.half.length > 0 ? first - 1 : this.start, events: whole };
    }
  }
}

/** Reads pages over HTTP. */
export function readBefore(session: string): ReadBefore {
  return async (before) => {
    const path = `/sessions/${encodeURIComponent(session)}/events?before=${before}`;
    const answer = await fetch(path, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
    return readMessage(await answer.text()) as LogPage;
  };
}
