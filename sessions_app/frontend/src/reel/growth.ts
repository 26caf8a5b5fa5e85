import { isKnown } from "../protocol.ts";
import type { AnyEvent, KnownEvent } from "../protocol.ts";

const STEP_MS = 50; // between two pieces of a text, if its pace is no finer
const INPUT_STEP_MS = 100;
const INPUT_STEPS_MAX = 300;

/** An event of a log at the time at which it was there to be seen. */
export interface Moment {
  readonly event: AnyEvent;
  /** ms, as the log's `ts`; never before that of an earlier event of its log. */
  readonly ts: number;
  /** Of a delta that was made here: what says the whole. Null: an event of the log. */
  readonly final: AnyEvent | null;
}

type ProseFinal = Extract<KnownEvent, { type: "text" | "thinking" }>;
type Final = Extract<KnownEvent, { type: "text" | "thinking" | "tool_use" }>;

/** A piece of a stream: up to this offset it was there at that time. */
interface Reach {
  readonly ts: number;
  readonly end: number;
}

/**
 * A log as it was seen: where only the final of a stream is left, its deltas are made
 * anew. Texts grow by their `pace`; of a tool's input no pace is known, so it grows evenly.
 */
export function growthOf(log: readonly AnyEvent[]): Moment[] {
  const starts = new Map<string, number>(); // by block
  const finals = new Map<string, Final>();
  for (const event of log) {
    const final = finalIn(event);
    if (final) finals.set(final.block, final);
  }
  const made: Moment[] = [];
  let ts = 0;
  for (const event of log) {
    ts = Math.max(ts, event.ts);
    if (isKnown(event) && event.type === "block_start") starts.set(event.block, ts);
    const final = finalIn(event);
    const start = final ? starts.get(final.block) : undefined;
    if (final && start !== undefined) made.push(...deltasOf(final, start, ts));
    else if (isReplaced(event, starts, finals)) continue;
    made.push({ event, ts, final: null });
  }
  return inOrder(made);
}

function finalIn(event: AnyEvent): Final | null {
  if (!isKnown(event)) return null;
  switch (event.type) {
    case "text":
    case "thinking":
      return event.pace && event.pace.length > 0 ? event : null;
    case "tool_use":
      return event;
    default:
      return null;
  }
}

/** What is left of a stream that is made anew. */
function isReplaced(
  event: AnyEvent,
  starts: ReadonlyMap<string, number>,
  finals: ReadonlyMap<string, Final>,
): boolean {
  if (!isKnown(event)) return false;
  switch (event.type) {
    case "text_delta":
    case "thinking_delta":
    case "tool_input_delta":
      return starts.has(event.block) && finals.has(event.block);
    default:
      return false;
  }
}

function deltasOf(final: Final, start: number, ts: number): Moment[] {
  const isInput = final.type === "tool_use";
  const text = isInput ? JSON.stringify(final.input) : final.text;
  const reaches = isInput ? evenly(text.length, start, ts) : byPace(final, start, ts);
  const type = isInput ? "tool_input_delta" : (`${final.type}_delta` as const);
  const { sessionId, seq, block } = final;
  const made: Moment[] = [];
  let offset = 0;
  for (const reach of reaches) {
    const end = wholeTo(text, reach.end);
    if (end <= offset) continue;
    const delta = text.slice(offset, end);
    const event = { type, sessionId, seq, ts: Math.round(reach.ts), block, offset, delta };
    made.push({ event: event as AnyEvent, ts: reach.ts, final });
    offset = end;
  }
  return made;
}

function byPace({ pace = [] }: ProseFinal, start: number, ts: number): Reach[] {
  const total = pace.reduce((sum, [, ms]) => sum + ms, 0);
  // By another clock it may have taken longer than there was time.
  const scale = total > 0 ? Math.min(1, (ts - start) / total) : 0;
  const made: Reach[] = [];
  let at = 0;
  let end = 0;
  for (const [chars, ms] of pace) {
    at += ms;
    if (ms > STEP_MS) made.push({ ts: start + (at - STEP_MS) * scale, end: end + Math.floor(chars / 2) });
    end += chars;
    made.push({ ts: start + at * scale, end });
  }
  return made;
}

function evenly(length: number, start: number, ts: number): Reach[] {
  const steps = Math.min(INPUT_STEPS_MAX, Math.floor((ts - start) / INPUT_STEP_MS));
  return Array.from({ length: steps }, (_, i) => ({
    ts: start + ((ts - start) * (i + 1)) / (steps + 1),
    end: Math.floor((length * (i + 1)) / (steps + 1)),
  }));
}

/** An offset that splits no character of two units. */
function wholeTo(text: string, end: number): number {
  const unit = text.charCodeAt(Math.min(end, text.length) - 1);
  const isHalf = unit >= 0xd800 && unit <= 0xdbff && end < text.length;
  return Math.min(text.length, isHalf ? end - 1 : end);
}

/** By time; at the same time the log's own order, and deltas before their final. */
function inOrder(moments: Moment[]): Moment[] {
  return moments
    .map((moment, at) => ({ moment, at }))
    .sort((a, b) => a.moment.ts - b.moment.ts || a.at - b.at)
    .map(({ moment }) => moment);
}
