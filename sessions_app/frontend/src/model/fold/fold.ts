import { isKnown } from "../../protocol.ts";
import type { AnyEvent, KnownEvent, SessionStatus, Stamp, StatusEvent } from "../../protocol.ts";
import { afterEvent } from "../agent_state.ts";
import type { AgentEvent } from "../agent_state.ts";
import { foldBlock } from "./fold_block.ts";
import { foldTool } from "./fold_tool.ts";
import { base, note } from "../row.ts";
import type { NoticeEvent, NoticeRow } from "../row.ts";
import { restOf, sum, tally, tokens } from "../tally.ts";
import type { Tally } from "../tally.ts";
import { append, remove, touch } from "../thread.ts";
import type { Folded, Thread } from "../thread.ts";

// Stop reasons that need no row: the text or the outcome row shows them.
const ORDINARY_STOPS = new Set(["end_turn", "tool_use", "stop_sequence", "interrupted"]);
const RESTING: ReadonlySet<SessionStatus> = new Set<SessionStatus>([
  "idle",
  "completed",
  "failed",
  "interrupted",
  "cancelled",
]);

/** Fold one event into the thread; events come in `seq` order, each once. */
export function fold(thread: Thread, event: AnyEvent): Folded {
  thread.version += 1;
  thread.startTs ||= event.ts;
  thread.lastTs = event.ts;
  if (isKnown(event)) return foldKnown(thread, event);
  append(thread, { kind: "unknown", event, ...base(event) });
  return "folded";
}

function foldKnown(thread: Thread, event: KnownEvent): Folded {
  switch (event.type) {
    case "block_start":
    case "text_delta":
    case "thinking_delta":
    case "tool_input_delta":
    case "text":
    case "thinking":
    case "opaque_block":
      return foldBlock(thread, event);
    case "tool_use":
    case "tool_update":
    case "tool_output_delta":
    case "tool_result":
    case "agent_spawn":
    case "approval_request":
    case "approval":
      return foldTool(thread, event);
    default:
      foldSession(thread, event);
      return "folded";
  }
}

type SessionEvent = Extract<
  KnownEvent,
  {
    type:
      | NoticeEvent["type"]
      | AgentEvent["type"]
      | "user_message"
      | "turn_start"
      | "agent_complete"
      | "todo_update"
      | "workdir_changes";
  }
>;

function foldSession(thread: Thread, event: SessionEvent): void {
  switch (event.type) {
    case "session_started":
      thread.model = event.model;
      thread.workdir = event.workdir;
      return notice(thread, event);
    case "user_message":
      return append(thread, {
        kind: "message",
        text: event.text,
        by: event.by ?? "",
        ...base(event),
      });
    case "turn_start":
      thread.turn = event.turn;
      thread.model = event.model;
      return;
    case "turn_end":
      spend(thread, event, tally(event.usage, event.costUsd));
      thread.contextTokens = tokens(tally(event.usage, null));
      if (!ORDINARY_STOPS.has(event.stopReason)) notice(thread, event);
      return;
    case "turn_discarded":
      thread.discarded.push(event.messageId);
      discard(thread, event.messageId);
      if (event.usage) spend(thread, event, tally(event.usage, event.costUsd));
      return notice(thread, event);
    case "agent_complete":
      spend(thread, event, restOf(event));
      return append(thread, { kind: "outcome", event, detail: "", ...base(event) });
    case "todo_update":
      thread.todo = event.items;
      return;
    case "workdir_changes":
      thread.changes.push(event);
      return;
    case "status":
      thread.status = event.status;
      thread.statusDetail = event.detail ?? "";
      thread.statusSeq = event.seq;
      if (RESTING.has(event.status)) rest(thread, event);
      return;
    case "compacted":
      spend(thread, event, tally(event.usage, event.costUsd));
      // Unknown until the next turn reports usage that includes the summary.
      thread.contextTokens = 0;
      return notice(thread, event);
    case "agent_info":
    case "config_options":
    case "available_commands":
    case "context_usage":
      thread.agent = afterEvent(thread.agent, event);
      return;
    case "option_chosen":
    case "memory_gap":
    case "changes_committed":
    case "files_restored":
    case "branch_merged":
    case "branch_rebased":
    case "merge_conflicted":
    case "branch_pushed":
    case "pull_request_opened":
    case "retry":
    case "throttled":
    case "resumed":
    case "redacted":
    case "error":
      return notice(thread, event);
    default:
      event satisfies never;
  }
}

function spend(thread: Thread, { seq }: Stamp, used: Tally): void {
  thread.tally = sum(thread.tally, used);
  if (seq > (thread.reported?.seq ?? 0)) thread.since = sum(thread.since, used);
}

/** True if the outcome row above already shows this status. */
export function isSaidBy(event: StatusEvent): boolean {
  return RESTING.has(event.status) && event.status !== "interrupted";
}

function rest(thread: Thread, event: StatusEvent): void {
  const last = thread.rows.at(-1);
  // The outcome row shows the same status; only the detail is new.
  if (last?.kind === "outcome" && isSaidBy(event)) {
    last.detail = event.detail ?? "";
    note(last, event);
    touch(thread, last);
  } else {
    notice(thread, event);
  }
}

function notice(thread: Thread, event: NoticeEvent): void {
  const last = thread.rows.at(-1);
  if (last?.kind === "notice" && supersedes(event, last.event)) {
    last.event = event;
    note(last, event);
    touch(thread, last);
  } else {
    const row: NoticeRow = { kind: "notice", event, ...base(event) };
    if (!last) thread.lead = { row, event };
    append(thread, row);
  }
}

/** True if the new notice replaces the one before it, as in a series of retries. */
export function supersedes(event: NoticeEvent, last: NoticeEvent): boolean {
  switch (event.type) {
    case "throttled":
      return last.type === "throttled";
    case "retry":
      return last.type === "retry" || last.type === "turn_discarded";
    default:
      return false;
  }
}

/** Remove the blocks of a discarded message. */
export function discard(thread: Thread, messageId: string): void {
  const prefix = `${messageId}.`;
  for (const [block, row] of thread.blocks) {
    if (!block.startsWith(prefix)) continue;
    thread.blocks.delete(block);
    if (row.kind === "tool") thread.tools.delete(row.toolUseId);
  }
  remove(thread, (row) => "block" in row && row.block.startsWith(prefix));
}
