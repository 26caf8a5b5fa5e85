import type { AnyEvent } from "../protocol.ts";
import { isKnown } from "../protocol.ts";

const LINES_MAX = 14; // of the log's end
const LINE_MAX_CHARS = 900; // of a line's end

export type LineKind = "text" | "thinking" | "tool" | "output" | "message";

/** A piece of what a session says or does; of a long one, the end. */
export interface TileLine {
  readonly key: string;
  readonly kind: LineKind;
  text: string;
}

/** The end of one session's log, as short lines: however long the log, no more is kept. */
export class TileLog {
  lines: TileLine[] = [];
  /** What waits for a person, by call. */
  readonly asks = new Map<string, string>();

  clear(): void {
    this.lines = [];
    this.asks.clear();
  }

  fold(events: readonly AnyEvent[]): void {
    for (const event of events) this.add(event);
    if (this.lines.length > LINES_MAX) this.lines = this.lines.slice(-LINES_MAX);
  }

  private add(event: AnyEvent): void {
    if (!isKnown(event)) return;
    switch (event.type) {
      case "block_start":
        if (event.kind === "tool_input") this.put(event.block, "tool", event.tool ?? "a tool");
        return;
      case "text_delta":
        return this.grow(event.block, "text", event.delta);
      case "thinking_delta":
        return this.grow(event.block, "thinking", event.delta);
      case "text":
        return this.put(event.block, "text", event.text);
      case "thinking":
        return this.put(event.block, "thinking", event.text);
      case "tool_use":
        return this.put(event.block, "tool", event.title || called(event.tool, event.input));
      case "tool_output_delta":
        return this.grow(event.toolUseId, "output", event.delta);
      case "tool_result":
        this.asks.delete(event.toolUseId);
        return this.put(event.toolUseId, "output", event.output);
      case "user_message":
        return this.put(`${event.seq}`, "message", event.text);
      case "approval_request":
        this.asks.set(event.toolUseId, event.title || called(event.tool, event.input));
        return;
      case "approval":
        this.asks.delete(event.toolUseId);
        return;
      case "turn_start":
        this.asks.clear(); // a question belongs to its turn
    }
  }

  private put(key: string, kind: LineKind, text: string): void {
    const line = this.line(key, kind);
    line.text = text.slice(-LINE_MAX_CHARS);
  }

  private grow(key: string, kind: LineKind, text: string): void {
    const line = this.line(key, kind);
    line.text = (line.text + text).slice(-LINE_MAX_CHARS);
  }

  private line(key: string, kind: LineKind): TileLine {
    const known = this.lines.findLast((line) => line.key === key && line.kind === kind);
    if (known) return known;
    const line = { key, kind, text: "" };
    this.lines.push(line);
    return line;
  }
}

/** A call in one line: the tool, and the first text that it was given. */
function called(tool: string, input: Record<string, unknown>): string {
  const first = Object.values(input).find((value) => typeof value === "string" && value !== "");
  return first ? `${tool}: ${`${first}`.split("\n", 1)[0]}` : tool;
}
