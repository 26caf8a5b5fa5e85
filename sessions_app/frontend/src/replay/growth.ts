import { writeJson } from "../json/lossless.ts";
import { isKnown } from "../protocol.ts";
import type { AnyEvent, KnownEvent } from "../protocol.ts";

const CLOSE_MS = 0.01; // ms; times computed from whole-ms timestamps may differ by less than this

type Final = Extract<KnownEvent, { type: "text" | "thinking" | "tool_use" }>;

/** The growth of a block whose deltas were swept: text at its pace, input evenly. */
export class Growth {
  readonly final: Final;
  private readonly start: number; // ts
  private readonly end: number;
  private whole: string | null = null;

  constructor(final: Final, start: number, end: number) {
    this.final = final;
    this.start = start;
    this.end = end;
  }

  /** The block's length at a time, in UTF-16 units; no character is split. */
  offsetAt(ts: number): number {
    const ms = ts - this.start + CLOSE_MS;
    const end = this.final.type === "tool_use" ? this.evenly(ms) : this.byPace(ms);
    return wholeTo(this.text, Math.max(0, end));
  }

  /** The event that moves the block from one offset to another, forwards or backwards. */
  delta(from: number, to: number, ts: number): AnyEvent {
    const { final, text } = this;
    const { sessionId, seq, block } = final;
    const type = final.type === "tool_use" ? "tool_input_delta" : (`${final.type}_delta` as const);
    const offset = Math.min(from, to);
    return { type, sessionId, seq, ts: Math.round(ts), block, offset, delta: text.slice(offset, to) };
  }

  private get text(): string {
    const { final } = this;
    return (this.whole ??= final.type === "tool_use" ? writeJson(final.input) : final.text);
  }

  private evenly(ms: number): number {
    const length = this.end - this.start;
    return length > 0 ? Math.floor((this.text.length * ms) / length) : 0;
  }

  private byPace(ms: number): number {
    const pace = this.final.type === "tool_use" ? [] : (this.final.pace ?? []);
    const total = pace.reduce((sum, [, took]) => sum + took, 0);
    // The agent's clock may report a longer duration than the timestamps allow.
    const scale = total > 0 ? Math.min(1, (this.end - this.start) / total) : 0;
    let left = ms;
    let end = 0;
    for (const [chars, took] of pace) {
      if (left < took * scale) return end + Math.floor((chars * left) / (took * scale));
      left -= took * scale;
      end += chars;
    }
    return end;
  }
}

/** An event and the time it appeared: never before an earlier event of its log. */
export interface Moment {
  readonly event: AnyEvent;
  readonly ts: number;
  /** The growth that begins with this event. */
  readonly growth: Growth | null;
}

/** A log without the deltas that growths replace. */
export function momentsOf(log: readonly AnyEvent[]): Moment[] {
  const grown = growthsOf(log);
  const blocks = new Set([...grown.values()].map(({ final }) => final.block));
  let ts = 0;
  return log.flatMap((event) => {
    ts = Math.max(ts, event.ts);
    return isDeltaOf(blocks, event) ? [] : [{ event, ts, growth: grown.get(event) ?? null }];
  });
}

/** Growths, keyed by the `block_start` that they begin with. */
function growthsOf(log: readonly AnyEvent[]): Map<AnyEvent, Growth> {
  const starts = new Map<string, { event: AnyEvent; ts: number }>(); // by block
  const grown = new Map<AnyEvent, Growth>();
  let ts = 0;
  for (const event of log) {
    ts = Math.max(ts, event.ts);
    if (!isKnown(event)) continue;
    if (event.type === "block_start") starts.set(event.block, { event, ts });
    if (!isPaced(event)) continue;
    const start = starts.get(event.block);
    if (start) grown.set(start.event, new Growth(event, start.ts, ts));
  }
  return grown;
}

function isPaced(event: KnownEvent): event is Final {
  if (event.type === "tool_use") return true;
  return (event.type === "text" || event.type === "thinking") && (event.pace ?? []).length > 0;
}

function isDeltaOf(blocks: ReadonlySet<string>, event: AnyEvent): boolean {
  if (!isKnown(event)) return false;
  switch (event.type) {
    case "text_delta":
    case "thinking_delta":
    case "tool_input_delta":
      return blocks.has(event.block);
    default:
      return false;
  }
}

/** The offset, moved so that it splits no surrogate pair. */
function wholeTo(text: string, end: number): number {
  const unit = text.charCodeAt(Math.min(end, text.length) - 1);
  const isHalf = unit >= 0xd800 && unit <= 0xdbff && end < text.length;
  return Math.min(text.length, isHalf ? end - 1 : end);
}
