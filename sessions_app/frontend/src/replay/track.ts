import type { AnyEvent } from "../protocol.ts";
import { momentsOf } from "./growth.ts";
import type { Growth, Moment } from "./growth.ts";

export const IDLE_MS = 2_000; // ms; longer idle times are shortened to this
// These events alone change nothing visible, so no step ends with them.
const SILENT = new Set(["block_start", "turn_start", "turn_end", "todo_update"]);

/** An event and its position in the track. */
export interface ReplayStep {
  readonly session: string;
  readonly event: AnyEvent;
  /** The growth that begins with this event. */
  readonly growth: Growth | null;
  /** ms from the start of the track. */
  readonly ms: number;
  readonly ts: number;
  /** ms of idle time before the event, if the track shortens it; otherwise 0. */
  readonly idleMs: number;
}

/** Logs of a session and its sub-agents, laid out in time, with idle times shortened. */
export class ReplayTrack {
  readonly steps: readonly ReplayStep[];
  readonly lengthMs: number;

  constructor(logs: ReadonlyMap<string, readonly AnyEvent[]>) {
    this.steps = cuesOf(logs);
    this.lengthMs = this.steps.at(-1)?.ms ?? 0;
  }

  /** The number of steps at a time. */
  countAt(ms: number): number {
    let [low, high] = [0, this.steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.steps[middle]?.ms ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The timestamp at a position, given the number of steps before it. */
  tsAt(ms: number, count: number): number {
    const [last, next] = [this.steps[count - 1] ?? this.steps[0], this.steps[count]];
    if (!last) return 0;
    if (!next || next.ms <= last.ms) return last.ts;
    const share = Math.min(1, Math.max(0, (ms - last.ms) / (next.ms - last.ms)));
    return last.ts + share * (next.ts - last.ts);
  }

  /** The count of steps after the next step, or the step before. */
  step(count: number, by: 1 | -1): number {
    for (let at = by > 0 ? count : count - 2; at >= 0; at += by) {
      const step = this.steps[at];
      if (!step) break;
      if (!SILENT.has(step.event.type)) return at + 1;
    }
    return by > 0 ? this.steps.length : 0;
  }

  /** The number of steps up to an event; 0 if no log contains it. */
  countOf(session: string, seq: number): number {
    return this.steps.findIndex((step) => step.session === session && step.event.seq === seq) + 1;
  }
}

function cuesOf(logs: ReadonlyMap<string, readonly AnyEvent[]>): ReplayStep[] {
  const all: (Moment & { session: string })[] = [];
  for (const [session, log] of logs) {
    for (const { event, ts, growth } of momentsOf(log)) all.push({ session, event, ts, growth });
  }
  all.sort((a, b) => a.ts - b.ts); // stable: each log keeps its order
  const growing = new Set<AnyEvent>(); // growths, by their finals
  let ms = 0;
  let lastTs = all[0]?.ts ?? 0;
  return all.map(({ session, event, ts, growth }) => {
    const gap = ts - lastTs;
    const isIdle = growing.size === 0 && gap > IDLE_MS;
    ms += isIdle ? IDLE_MS : gap;
    lastTs = ts;
    growing.delete(event);
    if (growth) growing.add(growth.final);
    return { session, event, growth, ms, ts, idleMs: isIdle ? gap : 0 };
  });
}
