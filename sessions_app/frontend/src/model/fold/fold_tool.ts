import type {
  ApprovalRequestEvent,
  KnownEvent,
  Stamp,
  ToolResultEvent,
  ToolUpdateEvent,
  ToolUseEvent,
} from "../../protocol.ts";
import { base, note } from "../row.ts";
import type { ApprovalAsk, ToolRow } from "../row.ts";
import { withDetails } from "../tool_details.ts";
import { append, touch } from "../thread.ts";
import type { Folded, Thread } from "../thread.ts";

type ToolEvent = Extract<
  KnownEvent,
  {
    type:
      | "tool_use"
      | "tool_update"
      | "tool_output_delta"
      | "tool_result"
      | "agent_spawn"
      | "approval_request"
      | "approval";
  }
>;

/** Fold an event of one tool call. */
export function foldTool(thread: Thread, event: ToolEvent): Folded {
  const row = event.type === "tool_use" ? called(thread, event) : find(thread, event);
  switch (event.type) {
    case "tool_use":
      row.details = withDetails(row.details, event);
      break;
    case "tool_update":
      update(row, event);
      break;
    case "tool_output_delta":
      if (row.result) return "folded";
      if (event.offset > row.liveOutput.length) return "hole";
      row.liveOutput = row.liveOutput.slice(0, event.offset) + event.delta;
      break;
    case "tool_result":
      row.tool ||= event.tool;
      row.result = outcome(event);
      row.details = withDetails(row.details, event);
      thread.open.delete(row);
      row.liveOutput = "";
      break;
    case "agent_spawn":
      row.child = { id: event.childId, task: event.task };
      if (!thread.children.includes(event.childId)) thread.children.push(event.childId);
      break;
    case "approval_request":
      row.tool ||= event.tool;
      row.ask = askOf(event);
      row.details = withDetails(row.details, event);
      row.answer = null;
      break;
    case "approval":
      row.answer = event;
      break;
  }
  if (event.type !== "tool_output_delta") note(row, event);
  touch(thread, row);
  return "folded";
}

/** The question of an approval request, as a row shows it. */
export function askOf(event: ApprovalRequestEvent): ApprovalAsk {
  return {
    reason: event.reason,
    input: event.input,
    rule: event.rule ?? "",
    wholeId: event.wholeId ?? "",
    ...(event.masked ? { isMasked: true } : {}),
    options: event.options ?? [],
    plan: event.plan ?? "",
    questions: event.questions ?? [],
  };
}

export function emptyTool(event: Stamp): ToolRow {
  return {
    ...base(event),
    kind: "tool",
    block: "",
    toolUseId: "",
    tool: "",
    inputText: "",
    input: null,
    isCut: false,
    startTs: 0,
    details: null,
    liveOutput: "",
    result: null,
    ask: null,
    answer: null,
    child: null,
    run: null,
  };
}

function called(thread: Thread, event: ToolUseEvent): ToolRow {
  const begun = thread.blocks.get(event.block) ?? thread.tools.get(event.toolUseId);
  const row = begun?.kind === "tool" ? begun : add(thread, emptyTool(event));
  row.block = event.block;
  row.toolUseId = event.toolUseId;
  row.tool = event.tool;
  row.input = event.input;
  row.isCut = Boolean(event.wholeId);
  row.inputText = "";
  row.startTs = event.ts;
  thread.blocks.set(event.block, row);
  thread.tools.set(event.toolUseId, row);
  if (!row.result) thread.open.add(row);
  return row;
}

/** More of a call that has begun; its input may come in pieces, each more whole. */
function update(row: ToolRow, event: ToolUpdateEvent): void {
  if (event.input) {
    row.input = event.input;
    row.isCut = Boolean(event.wholeId);
    row.inputText = "";
  }
  row.details = withDetails(row.details, event);
}

function find(thread: Thread, event: Exclude<ToolEvent, ToolUseEvent>): ToolRow {
  const known = thread.tools.get(event.toolUseId);
  if (known) return known;
  const row = add(thread, { ...emptyTool(event), toolUseId: event.toolUseId });
  thread.tools.set(event.toolUseId, row);
  return row;
}

function add(thread: Thread, row: ToolRow): ToolRow {
  append(thread, row);
  thread.open.add(row);
  return row;
}

function outcome(event: ToolResultEvent): NonNullable<ToolRow["result"]> {
  return {
    output: event.output,
    isError: event.isError,
    durationMs: event.durationMs,
    truncated: event.truncated ?? false,
    outputId: event.outputId ?? "",
    content: event.content ?? [],
  };
}
