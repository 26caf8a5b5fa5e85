import { writeJson } from "../json/lossless.ts";
import { isKnown } from "../protocol.ts";
import type { AnyEvent } from "../protocol.ts";

const WINDOW_MS = 5_000;
const LEAST_MS = 1_000; // ms; a shorter span gives no useful speed
const STEP_MS = 250; // ms; events within it make one sample
const CHARS_PER_TOKEN = 4; // initial ratio, replaced by that of the first turn's usage
const CHARS_PER_TOKEN_MIN = 2;
const CHARS_PER_TOKEN_MAX = 6;
const CALIBRATING_CHARS = 400; // characters of a turn; a shorter one does not update the ratio

interface Sample {
  ts: number;
  chars: number;
}

/**
 * Tokens per second over the last seconds, by the timestamps of the log, so that catching
 * up does not look fast. Token counts come only at the end of a turn, so they are estimated
 * from characters by the ratio of earlier turns.
 */
export class Speed {
  private readonly samples: Sample[] = [];
  /** Characters of the turn so far, by session. */
  private readonly turns = new Map<string, number>();
  private charsPerToken = CHARS_PER_TOKEN;
  private lastTs = 0;
  private lastMs = 0;

  /** Tokens per second; `nowMs` is the time of a monotonic clock. */
  record(events: readonly AnyEvent[], nowMs: number): void {
    for (const event of events) {
      if (!isKnown(event)) continue;
      switch (event.type) {
        case "text_delta":
        case "thinking_delta":
        case "tool_input_delta":
          this.add(event.ts, event.delta.length, nowMs);
          break;
        case "text":
        case "thinking":
          this.count(event.sessionId, event.text.length);
          break;
        case "tool_use":
          this.count(event.sessionId, writeJson(event.input).length);
          break;
        case "turn_start":
          this.turns.set(event.sessionId, 0);
          break;
        case "turn_end":
          this.calibrate(event.sessionId, event.usage.outputTokens ?? 0);
      }
    }
  }

  tokensPerSecond(nowMs: number): number {
    const now = this.lastTs + Math.max(0, nowMs - this.lastMs);
    this.forget(now);
    const first = this.samples[0];
    if (!first) return 0;
    const chars = this.samples.reduce((sum, each) => sum + each.chars, 0);
    const spanMs = Math.min(WINDOW_MS, Math.max(LEAST_MS, now - first.ts));
    return (chars / this.charsPerToken / spanMs) * 1_000;
  }

  private add(ts: number, chars: number, nowMs: number): void {
    if (ts >= this.lastTs) this.lastMs = nowMs;
    this.lastTs = Math.max(this.lastTs, ts);
    const last = this.samples.at(-1);
    if (last && Math.abs(ts - last.ts) < STEP_MS) last.chars += chars;
    else this.samples.push({ ts, chars });
    this.forget(this.lastTs);
  }

  private forget(now: number): void {
    while (this.samples[0] && this.samples[0].ts <= now - WINDOW_MS) this.samples.shift();
  }

  private count(session: string, chars: number): void {
    this.turns.set(session, (this.turns.get(session) ?? 0) + chars);
  }

  private calibrate(session: string, outputTokens: number): void {
    const chars = this.turns.get(session) ?? 0;
    if (chars < CALIBRATING_CHARS || outputTokens === 0) return;
    const ratio = chars / outputTokens;
    this.charsPerToken = Math.min(CHARS_PER_TOKEN_MAX, Math.max(CHARS_PER_TOKEN_MIN, ratio));
  }
}
