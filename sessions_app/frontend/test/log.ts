import type { AnyEvent, KnownEvent } from "../src/protocol.ts";

/** A number generator with a seed, so that a failure can be seen again. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Bare<E> = E extends KnownEvent ? Omit<E, "sessionId" | "seq" | "ts"> : never;

/** Writes a session's log as a runner would. */
export class LogWriter {
  readonly events: AnyEvent[] = [];
  /** What all text blocks say, in order: kept apart from any folding. */
  readonly said = new Map<string, string>();
  private readonly session: string;

  constructor(session = "s_1") {
    this.session = session;
  }

  add(event: Bare<KnownEvent>): void {
    const seq = this.events.length + 1;
    const stamp = { sessionId: this.session, seq, ts: 1_000 * seq };
    this.events.push({ ...event, ...stamp } as AnyEvent);
  }

  addUnknown(type: string, fields: Record<string, unknown>): void {
    const seq = this.events.length + 1;
    this.events.push({ ...fields, type, sessionId: this.session, seq, ts: 1_000 * seq });
  }

  prose(kind: "text" | "thinking", block: string, text: string, size = 3): void {
    this.add({ type: "block_start", block, kind });
    for (let offset = 0; offset < text.length; offset += size) {
      const delta = text.slice(offset, offset + size);
      this.add({ type: `${kind}_delta`, block, offset, delta });
    }
    if (kind === "text") this.said.set(block, text);
    this.add({ type: kind, block, text });
  }

  tool(block: string, toolUseId: string, output: string): void {
    this.add({ type: "block_start", block, kind: "tool_input" });
    const input = JSON.stringify({ command: toolUseId });
    for (let offset = 0; offset < input.length; offset += 5) {
      const delta = input.slice(offset, offset + 5);
      this.add({ type: "tool_input_delta", block, offset, delta });
    }
    this.add({ type: "tool_use", block, toolUseId, tool: "bash", input: JSON.parse(input) });
    for (let offset = 0; offset < output.length; offset += 4) {
      const delta = output.slice(offset, offset + 4);
      this.add({ type: "tool_output_delta", toolUseId, offset, delta });
    }
    this.add({ type: "tool_result", toolUseId, tool: "bash", output, isError: false, durationMs: 5 });
  }

  discard(messageId: string): void {
    for (const block of this.said.keys()) {
      if (block.startsWith(`${messageId}.`)) this.said.delete(block);
    }
    this.add({ type: "turn_discarded", messageId, reason: "overloaded" });
  }
}

const WORDS = ["one ", "two\n\n", "**three** ", "😀", "`four`\n", "- five\n", "", "é"];

/** A session of several turns with everything in it. */
export function randomLog(next: () => number): LogWriter {
  const log = new LogWriter();
  const some = (): string =>
    Array.from({ length: 1 + Math.floor(next() * 6) }, () => WORDS[Math.floor(next() * WORDS.length)]).join("");
  log.add({ type: "session_started", model: "m", workdir: "/w", permissionMode: "default", engine: "e" });
  log.add({ type: "user_message", text: some() });
  const turns = 1 + Math.floor(next() * 4);
  for (let turn = 1; turn <= turns; turn += 1) {
    const m = `m${turn}`;
    log.add({ type: "turn_start", turn, messageId: m, model: "m" });
    if (next() < 0.5) log.prose("thinking", `${m}.0`, some());
    log.prose("text", `${m}.1`, some());
    if (next() < 0.3) log.add({ type: "retry", attempt: 1, delayMs: 9, error: "529" });
    if (next() < 0.3) {
      log.discard(m);
      continue;
    }
    if (next() < 0.7) log.tool(`${m}.2`, `t${turn}`, some());
    if (next() < 0.3) log.add({ type: "tool_update", toolUseId: `t${turn}`, title: some(), kind: "execute" });
    if (next() < 0.3) log.add({ type: "context_usage", used: turn, size: 9, costUsd: turn });
    if (next() < 0.3) log.add({ type: "config_options", options: [{ id: "m", name: "M", current: some() }] });
    if (next() < 0.3) log.add({ type: "option_chosen", optionId: "m", value: some() });
    if (next() < 0.3) log.add({ type: "memory_gap", reason: some() });
    if (next() < 0.3) log.addUnknown("moon_phase", { moons: turn });
    if (next() < 0.3) log.add({ type: "opaque_block", block: `${m}.3`, raw: { type: "x" } });
    const usage = { inputTokens: turn, outputTokens: 2 };
    log.add({ type: "turn_end", turn, messageId: m, stopReason: "end_turn", usage, costUsd: 0.5 });
  }
  log.add({ type: "status", status: "completed" });
  return log;
}

const FINALS = new Set(["text", "thinking", "tool_use", "tool_result"]);

function stream(event: AnyEvent): string {
  return `${"block" in event ? event["block"] : ""}`;
}

function isDelta(event: AnyEvent): boolean {
  return event.type.endsWith("_delta");
}

/**
 * Delete superseded deltas as the server's sweep may: of each stream any number,
 * the newest first.
 */
export function swept(events: AnyEvent[], next: () => number): AnyEvent[] {
  const key = (e: AnyEvent): string =>
    e.type === "tool_output_delta" || e.type === "tool_result"
      ? `tool ${"toolUseId" in e ? e["toolUseId"] : ""}`
      : `block ${stream(e)}`;
  const final = new Set(events.filter((e) => FINALS.has(e.type)).map(key));
  const keep = new Map<string, number>();
  return events.filter((event) => {
    if (!isDelta(event) || !final.has(key(event))) return true;
    const stays = keep.get(key(event)) ?? Math.floor(next() * 4);
    keep.set(key(event), Math.max(0, stays - 1));
    return stays > 0;
  });
}
