import type {
  AgentCompleteEvent,
  AnyEvent,
  ApprovalEvent,
  ApprovalOption,
  ContentBlock,
  KnownEvent,
  Question,
  Stamp,
} from "../protocol.ts";
import type { Run } from "./run.ts";
import type { ToolDetails } from "./tool_details.ts";

/** What every row of a thread has; `version` grows with each change. */
interface Base {
  readonly key: string;
  readonly ts: number;
  /** The seqs of the events folded into this row, except deltas; links name any of them. */
  readonly seqs: number[];
  version: number;
}

export interface MessageRow extends Base {
  kind: "message";
  text: string;
  by: string;
}

/** Text or thinking; `rewrites` grows when text already shown has changed. */
export interface ProseRow extends Base {
  kind: "text" | "thinking";
  block: string;
  text: string;
  rewrites: number;
  done: boolean;
  partial: boolean;
  endTs: number;
  citations: Record<string, unknown>[];
  /** Images and resources after the text. */
  content: readonly ContentBlock[];
}

export type Input = Record<string, unknown>;

export interface ApprovalAsk {
  reason: string;
  input: Input;
  /** The rule that "approve for session" creates; "" if no rule can express the call. */
  rule: string;
  /** The id of the output that holds the whole event, if its input was cut; otherwise "". */
  wholeId: string;
  /** Stars stand for secrets in the input; the call runs with the secrets. */
  isMasked?: true;
  /** The answers that the agent offers in its own words; none: yes or no. */
  options: readonly ApprovalOption[];
  /** The plan to approve, as markdown. */
  plan: string;
  questions: readonly Question[];
}

export interface ToolOutcome {
  output: string;
  isError: boolean;
  durationMs: number;
  truncated: boolean;
  outputId: string;
  /** What is more than text. */
  content: readonly ContentBlock[];
}

/** One tool call, from the first letter of its input to its result. */
export interface ToolRow extends Base {
  kind: "tool";
  block: string;
  toolUseId: string;
  tool: string;
  inputText: string;
  input: Input | null;
  /** True if `input` was cut, because it was too large to send. */
  isCut: boolean;
  startTs: number;
  details: ToolDetails | null;
  liveOutput: string;
  result: ToolOutcome | null;
  ask: ApprovalAsk | null;
  answer: ApprovalEvent | null;
  child: ChildAgent | null;
  /** The run that contains this call, once the run is complete. */
  run: Run | null;
}

export interface ChildAgent {
  id: string;
  task: string;
}

export interface OpaqueRow extends Base {
  kind: "opaque";
  block: string;
  raw: Record<string, unknown>;
}

export type NoticeEvent = Extract<
  KnownEvent,
  {
    type:
      | "session_started"
      | "turn_end"
      | "turn_discarded"
      | "retry"
      | "throttled"
      | "resumed"
      | "redacted"
      | "status"
      | "compacted"
      | "option_chosen"
      | "memory_gap"
      | "changes_committed"
      | "files_restored"
      | "branch_merged"
      | "branch_rebased"
      | "merge_conflicted"
      | "branch_pushed"
      | "pull_request_opened"
      | "error";
  }
>;

/** An event about the session itself, shown as one line. */
export interface NoticeRow extends Base {
  kind: "notice";
  event: NoticeEvent;
}

export interface OutcomeRow extends Base {
  kind: "outcome";
  event: AgentCompleteEvent;
  detail: string;
}

export interface UnknownRow extends Base {
  kind: "unknown";
  event: AnyEvent;
}

export type Row =
  | MessageRow
  | ProseRow
  | ToolRow
  | OpaqueRow
  | NoticeRow
  | OutcomeRow
  | UnknownRow;

export function base(event: Stamp): Base {
  return { key: `${event.seq}`, ts: event.ts, seqs: [event.seq], version: 0 };
}

/** Record that an event was folded into a row. */
export function note(row: Base, { seq }: Stamp): void {
  if (row.seqs.at(-1) !== seq) row.seqs.push(seq);
}
