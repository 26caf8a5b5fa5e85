import type { AnyEvent } from "../protocol.ts";
import { growthOf } from "./growth.ts";
import type { Moment } from "./growth.ts";

export const IDLE_MS = 2_000; // longer gaps are shortened to that
// Of these alone nothing is to be seen: no step ends with them.
const SILENT = new Set(["block_start", "turn_start", "turn_end", "todo_update"]);

/** What is shown at a place of the reel. */
export interface Cue {
  readonly session: string;
  readonly event: AnyEvent;
  /** ms from the start of the reel. */
  readonly ms: number;
  readonly ts: number;
  /** The index of the cue that says the whole of what this one is a piece of; -1: none. */
  readonly final: number;
}

/** Logs of a session and its sub-agents, laid out in time, with idle times shortened. */
export class Reel {
  readonly cues: readonly Cue[];
  readonly lengthMs: number;

  constructor(logs: ReadonlyMap<string, readonly AnyEvent[]>) {
    this.cues = cuesOf(logs);
    this.lengthMs = this.cues.at(-1)?.ms ?? 0;
  }

  /** So many cues have come by then. */
  countAt(ms: number): number {
    let [low, high] = [0, this.cues.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.cues[middle]?.ms ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** What the clocks said at a place, once so many cues had come. */
  tsAt(ms: number, count: number): number {
    const [last, next] = [this.cues[count - 1] ?? this.cues[0], this.cues[count]];
    if (!last) return 0;
    if (!next || next.ms <= last.ms) return last.ts;
    const share = Math.min(1, Math.max(0, (ms - last.ms) / (next.ms - last.ms)));
    return last.ts + share * (next.ts - last.ts);
  }

  /** How long nothing happened after so many cues, if that is shown shorter; else 0. */
  idleMs(count: number): number {
    const [last, next] = [this.cues[count - 1], this.cues[count]];
    const ms = last && next ? next.ts - last.ts : 0;
    return ms > IDLE_MS ? ms : 0;
  }

  /** The count of cues after the next step, or the step before. */
  step(count: number, by: 1 | -1): number {
    for (let at = by > 0 ? count : count - 2; at >= 0; at += by) {
      const cue = this.cues[at];
      if (!cue) break;
      if (cue.final < 0 && !SILENT.has(cue.event.type)) return at + 1;
    }
    return by > 0 ? this.cues.length : 0;
  }

  /** The count of cues once an event has come; 0: it is in none of the logs. */
  countOf(session: string, seq: number): number {
    const isIt = (cue: Cue): boolean =>
      cue.session === session && cue.event.seq === seq && cue.final < 0;
    return this.cues.findIndex(isIt) + 1;
  }
}

function cuesOf(logs: ReadonlyMap<string, readonly AnyEvent[]>): Cue[] {
  const all: (Moment & { session: string })[] = [];
  for (const [session, log] of logs) {
    for (const moment of growthOf(log)) all.push({ ...moment, session });
  }
  all.sort((a, b) => a.ts - b.ts); // stable: each log keeps its order
  const places = new Map(all.map(({ event }, at) => [event, at]));
  let ms = 0;
  return all.map(({ session, event, ts, final }, at) => {
    ms += Math.min(IDLE_MS, ts - (all[at - 1]?.ts ?? ts));
    return { session, event, ms, ts, final: final ? (places.get(final) ?? -1) : -1 };
  });
}
