import type {
  BlockStartEvent,
  KnownEvent,
  TextEvent,
  ThinkingEvent,
} from "../../protocol.ts";
import { emptyTool } from "./fold_tool.ts";
import { base, note } from "../row.ts";
import type { ProseRow, Row } from "../row.ts";
import { append, touch } from "../thread.ts";
import type { Folded, Thread } from "../thread.ts";

type BlockEvent = Extract<
  KnownEvent,
  {
    type:
      | "block_start"
      | "text_delta"
      | "thinking_delta"
      | "tool_input_delta"
      | "text"
      | "thinking"
      | "opaque_block";
  }
>;
type DeltaEvent = Extract<
  BlockEvent,
  { type: "text_delta" | "thinking_delta" | "tool_input_delta" }
>;

const KIND_OF_DELTA = {
  text_delta: "text",
  thinking_delta: "thinking",
  tool_input_delta: "tool_input",
} as const;

/** Fold an event of one block. */
export function foldBlock(thread: Thread, event: BlockEvent): Folded {
  switch (event.type) {
    case "block_start":
      if (!thread.blocks.has(event.block)) open(thread, event, event.kind);
      return "folded";
    case "text_delta":
    case "thinking_delta":
    case "tool_input_delta":
      return foldDelta(thread, event);
    case "text":
    case "thinking":
      finish(thread, event);
      return "folded";
    case "opaque_block": {
      const { block, raw } = event;
      place(thread, block, { kind: "opaque", block, raw, ...base(event) });
      return "folded";
    }
  }
}

function open(thread: Thread, event: BlockEvent, kind: BlockStartEvent["kind"]): Row {
  const { block } = event;
  const row: Row =
    kind === "tool_input"
      ? { ...emptyTool(event), block }
      : { ...emptyProse(event), kind, block };
  return place(thread, block, row);
}

function place(thread: Thread, block: string, row: Row): Row {
  thread.blocks.set(block, row);
  append(thread, row);
  return row;
}

function emptyProse(event: BlockEvent): ProseRow {
  return {
    kind: "text",
    block: event.block,
    text: "",
    rewrites: 0,
    done: false,
    partial: false,
    endTs: 0,
    citations: [],
    content: [],
    ...base(event),
  };
}

function foldDelta(thread: Thread, event: DeltaEvent): Folded {
  const known = thread.blocks.get(event.block);
  if (!known && event.offset > 0) return "hole";
  const row = known ?? open(thread, event, KIND_OF_DELTA[event.type]);
  if (row.kind === "tool") {
    if (row.input) return "folded";
    if (event.offset > row.inputText.length) return "hole";
    row.inputText = row.inputText.slice(0, event.offset) + event.delta;
  } else if (row.kind === "text" || row.kind === "thinking") {
    if (row.done) return "folded";
    if (event.offset > row.text.length) return "hole";
    write(row, event.offset, event.delta);
  }
  touch(thread, row);
  return "folded";
}

function write(row: ProseRow, offset: number, delta: string): void {
  if (offset === row.text.length) {
    row.text += delta;
    return;
  }
  row.text = row.text.slice(0, offset) + delta;
  row.rewrites += 1;
}

function finish(thread: Thread, event: TextEvent | ThinkingEvent): void {
  const row = thread.blocks.get(event.block) ?? open(thread, event, event.type);
  if (row.kind !== "text" && row.kind !== "thinking") return;
  if (!event.text.startsWith(row.text)) row.rewrites += 1;
  row.text = event.text;
  row.done = true;
  note(row, event);
  row.partial = event.partial ?? false;
  row.endTs = event.ts;
  if (event.type === "text") {
    row.citations = event.citations ?? [];
    row.content = event.content ?? [];
  }
  touch(thread, row);
}
