// Written by `python -m sessions_app.protocol.typescript`; do not edit.

export interface Stamp {
  sessionId: string;
  seq: number;
  ts: number;
  /** Too large to travel, so it is cut; the output of this id holds all of it. */
  wholeId?: string;
  /** Stars stand for secrets in it. */
  masked?: boolean;
  /** Names the encrypted original, which only the session's agent reads. */
  unmaskedId?: string;
}

/** An event of a type that this version of the page does not know. */
export interface UnknownEvent extends Stamp {
  type: string;
  [field: string]: unknown;
}

export type SessionStatus =
  | "queued"
  | "running"
  | "waiting"
  | "idle"
  | "completed"
  | "failed"
  | "interrupted"
  | "cancelled"
  ;

export const CLOSE = {
  RESTARTING: 1012,
  MALFORMED: 4400,
  NOT_SIGNED_IN: 4401,
  NOT_ALLOWED: 4403,
  SLOW_CONSUMER: 4408,
  TOO_MANY_SOCKETS: 4429,
} as const;

export interface Usage {
  inputTokens?: number;
  outputTokens?: number;
  cacheCreationTokens?: number;
  cacheReadTokens?: number;
}

export interface EngineFacts {
  name: string;
  label: string;
  isSimulated: boolean;
  isFollowed: boolean;
}

export interface SessionSummary {
  id: string;
  parent: string | null;
  root: string;
  title: string;
  status: SessionStatus;
  model: string;
  engine: EngineFacts;
  owner: string;
  head: number;
  costUsd: number | null;
  createdMs: number;
  updatedMs: number;
  asks: number;
  tags: string[];
  isArchived: boolean;
  waitingMessages: string[];
}

export interface ApprovalOption {
  id: string;
  name: string;
  kind: "allow_once" | "allow_always" | "reject_once" | "reject_always";
}

export interface Choice {
  value: string;
  name?: string;
  description?: string;
  group?: string;
}

export interface Question {
  id: string;
  text: string;
  header?: string;
  kind?: "text" | "number" | "integer" | "boolean" | "one" | "many";
  choices?: Choice[];
  takesOther?: boolean;
  required?: boolean;
  default?: unknown;
  minimum?: number | null;
  maximum?: number | null;
  format?: string;
}

export interface ConfigOption {
  id: string;
  name: string;
  category?: string;
  description?: string;
  current: string;
  choices?: Choice[];
}

export interface AgentCommand {
  name: string;
  description?: string;
  hint?: string;
}

export interface FileLocation {
  path: string;
  line?: number | null;
}

export interface FileDiff {
  path: string;
  oldText?: string | null;
  newText: string;
}

export interface ContentBlock {
  kind: "text" | "image" | "resource";
  text?: string;
  outputId?: string;
  mediaType?: string;
  data?: string;
  uri?: string;
  title?: string;
}

export interface RemoteState {
  name: string;
  url?: string;
  noPush?: string;
  tool?: "" | "gh" | "glab";
  noRequest?: string;
}

export interface BranchState {
  onto?: string;
  ontoCommit?: string;
  ahead?: number;
  behind?: number;
  uncommitted?: number;
  remotes?: RemoteState[];
}

export interface ChangedPath {
  path: string;
  oldPath?: string;
  status?: "added" | "deleted" | "modified" | "renamed" | "copied" | "type";
  oldMode?: string;
  newMode?: string;
  added?: number;
  removed?: number;
  binary?: boolean;
  blob?: string;
  outputId?: string;
  offset?: number;
  bytes?: number;
  lines?: number;
}

export interface ConflictHunk {
  line: number;
  there?: string;
  here?: string;
}

export interface ConflictFile {
  path: string;
  kind?: "both_changed" | "both_added" | "deleted_there" | "deleted_here" | "other";
  binary?: boolean;
  hunks?: ConflictHunk[];
  leftOut?: number;
}

export interface BlockStartEvent extends Stamp {
  type: "block_start";
  block: string;
  kind: "text" | "thinking" | "tool_input";
  tool?: string;
  toolUseId?: string;
}

export interface TextDeltaEvent extends Stamp {
  type: "text_delta";
  block: string;
  offset: number;
  delta: string;
}

export interface ThinkingDeltaEvent extends Stamp {
  type: "thinking_delta";
  block: string;
  offset: number;
  delta: string;
}

export interface ToolInputDeltaEvent extends Stamp {
  type: "tool_input_delta";
  block: string;
  offset: number;
  delta: string;
}

export interface TextEvent extends Stamp {
  type: "text";
  block: string;
  text: string;
  citations?: Record<string, unknown>[];
  content?: ContentBlock[];
  partial?: boolean;
  pace?: [number, number][];
}

export interface ThinkingEvent extends Stamp {
  type: "thinking";
  block: string;
  text: string;
  signature?: string;
  partial?: boolean;
  pace?: [number, number][];
}

export interface OpaqueBlockEvent extends Stamp {
  type: "opaque_block";
  block: string;
  raw: Record<string, unknown>;
}

export interface ToolUseEvent extends Stamp {
  type: "tool_use";
  block: string;
  toolUseId: string;
  tool: string;
  input: Record<string, unknown>;
  partial?: boolean;
  title?: string;
  kind?: "" | "read" | "edit" | "delete" | "move" | "search" | "execute" | "think" | "fetch" | "switch_mode" | "other";
  locations?: FileLocation[];
  diffs?: FileDiff[];
}

export interface ToolOutputDeltaEvent extends Stamp {
  type: "tool_output_delta";
  toolUseId: string;
  offset: number;
  delta: string;
}

export interface ToolResultEvent extends Stamp {
  type: "tool_result";
  toolUseId: string;
  tool: string;
  output: string;
  isError: boolean;
  durationMs: number;
  truncated?: boolean;
  outputId?: string;
  seen?: Record<string, string>;
  locations?: FileLocation[];
  diffs?: FileDiff[];
  content?: ContentBlock[];
}

export interface SessionStartedEvent extends Stamp {
  type: "session_started";
  model: string;
  workdir: string;
  permissionMode: string;
  engine: string;
  resumed?: boolean;
}

export interface UserMessageEvent extends Stamp {
  type: "user_message";
  text: string;
  by?: string;
  commandId?: string;
}

export interface TurnStartEvent extends Stamp {
  type: "turn_start";
  turn: number;
  messageId: string;
  model: string;
}

export interface TurnEndEvent extends Stamp {
  type: "turn_end";
  turn: number;
  messageId: string;
  stopReason: string;
  usage: Usage;
  costUsd?: number | null;
  ttftMs?: number | null;
  keptBlocks?: number | null;
}

export interface TurnDiscardedEvent extends Stamp {
  type: "turn_discarded";
  messageId: string;
  reason: string;
  usage?: Usage;
  costUsd?: number | null;
}

export interface ToolUpdateEvent extends Stamp {
  type: "tool_update";
  toolUseId: string;
  title?: string;
  kind?: "" | "read" | "edit" | "delete" | "move" | "search" | "execute" | "think" | "fetch" | "switch_mode" | "other";
  input?: Record<string, unknown> | null;
  locations?: FileLocation[];
  diffs?: FileDiff[];
}

export interface AgentSpawnEvent extends Stamp {
  type: "agent_spawn";
  childId: string;
  task: string;
  toolUseId: string;
}

export interface AgentCompleteEvent extends Stamp {
  type: "agent_complete";
  status: "success" | "error" | "interrupted" | "cancelled" | "budget";
  usage: Usage;
  costUsd?: number | null;
  durationMs?: number;
  restUsage?: Usage;
  restCostUsd?: number;
  pricedTokens?: number;
}

export interface ApprovalRequestEvent extends Stamp {
  type: "approval_request";
  toolUseId: string;
  tool: string;
  input: Record<string, unknown>;
  reason: string;
  rule?: string;
  title?: string;
  kind?: "" | "read" | "edit" | "delete" | "move" | "search" | "execute" | "think" | "fetch" | "switch_mode" | "other";
  locations?: FileLocation[];
  diffs?: FileDiff[];
  options?: ApprovalOption[];
  plan?: string;
  questions?: Question[];
}

export interface ApprovalEvent extends Stamp {
  type: "approval";
  toolUseId: string;
  decision: "approved" | "denied";
  scope?: "once" | "session";
  rule?: string;
  input?: Record<string, unknown> | null;
  reason?: string;
  optionId?: string;
  answers?: Record<string, unknown> | null;
  by?: string;
  commandId?: string;
}

export interface TodoUpdateEvent extends Stamp {
  type: "todo_update";
  items: Record<string, unknown>[];
}

export interface AgentInfoEvent extends Stamp {
  type: "agent_info";
  agent: string;
  version?: string;
  agentSessionId?: string;
  title?: string;
}

export interface ConfigOptionsEvent extends Stamp {
  type: "config_options";
  options?: ConfigOption[];
}

export interface OptionChosenEvent extends Stamp {
  type: "option_chosen";
  optionId: string;
  value: string;
  by?: string;
  commandId?: string;
}

export interface AvailableCommandsEvent extends Stamp {
  type: "available_commands";
  commands?: AgentCommand[];
}

export interface ContextUsageEvent extends Stamp {
  type: "context_usage";
  used: number;
  size: number;
  costUsd?: number | null;
}

export interface MemoryGapEvent extends Stamp {
  type: "memory_gap";
  reason: string;
  text?: string;
}

export interface RetryEvent extends Stamp {
  type: "retry";
  attempt: number;
  delayMs: number;
  error: string;
}

export interface CompactedEvent extends Stamp {
  type: "compacted";
  summary: string;
  reason: string;
  usage: Usage;
  costUsd?: number | null;
}

export interface ThrottledEvent extends Stamp {
  type: "throttled";
  delayMs: number;
  reason: string;
}

export interface ResumedEvent extends Stamp {
  type: "resumed";
}

export interface StatusEvent extends Stamp {
  type: "status";
  status: SessionStatus;
  detail?: string;
  commandId?: string;
}

export interface RedactedEvent extends Stamp {
  type: "redacted";
  seqs: number[];
  by?: string;
}

export interface ErrorEvent extends Stamp {
  type: "error";
  code: string;
  message: string;
  fatal: boolean;
  commandId?: string;
}

export interface WorkdirChangesEvent extends Stamp {
  type: "workdir_changes";
  base: string;
  tree: string;
  head?: string;
  branch?: string;
  files?: ChangedPath[];
  turnFiles?: ChangedPath[];
  changed?: number;
  added?: number;
  removed?: number;
  note?: string;
  ship?: BranchState | null;
}

export interface ChangesCommittedEvent extends Stamp {
  type: "changes_committed";
  commit: string;
  message: string;
  by?: string;
  commandId?: string;
}

export interface FilesRestoredEvent extends Stamp {
  type: "files_restored";
  source: string;
  before: string;
  paths?: string[];
  by?: string;
  commandId?: string;
}

export interface BranchMergedEvent extends Stamp {
  type: "branch_merged";
  head: string;
  onto: string;
  commit: string;
  directory?: string;
  by?: string;
  commandId?: string;
}

export interface BranchRebasedEvent extends Stamp {
  type: "branch_rebased";
  head: string;
  onto: string;
  base: string;
  commit: string;
  by?: string;
  commandId?: string;
}

export interface MergeConflictedEvent extends Stamp {
  type: "merge_conflicted";
  head: string;
  onto: string;
  ontoCommit: string;
  act?: "merge" | "rebase";
  commit?: string;
  subject?: string;
  files?: ConflictFile[];
  leftOut?: number;
  by?: string;
  commandId?: string;
}

export interface BranchPushedEvent extends Stamp {
  type: "branch_pushed";
  commit: string;
  remote: string;
  url: string;
  name: string;
  by?: string;
  commandId?: string;
}

export interface PullRequestOpenedEvent extends Stamp {
  type: "pull_request_opened";
  url: string;
  title: string;
  remote: string;
  name: string;
  by?: string;
  commandId?: string;
}

export type KnownEvent =
  | BlockStartEvent
  | TextDeltaEvent
  | ThinkingDeltaEvent
  | ToolInputDeltaEvent
  | TextEvent
  | ThinkingEvent
  | OpaqueBlockEvent
  | ToolUseEvent
  | ToolOutputDeltaEvent
  | ToolResultEvent
  | SessionStartedEvent
  | UserMessageEvent
  | TurnStartEvent
  | TurnEndEvent
  | TurnDiscardedEvent
  | ToolUpdateEvent
  | AgentSpawnEvent
  | AgentCompleteEvent
  | ApprovalRequestEvent
  | ApprovalEvent
  | TodoUpdateEvent
  | AgentInfoEvent
  | ConfigOptionsEvent
  | OptionChosenEvent
  | AvailableCommandsEvent
  | ContextUsageEvent
  | MemoryGapEvent
  | RetryEvent
  | CompactedEvent
  | ThrottledEvent
  | ResumedEvent
  | StatusEvent
  | RedactedEvent
  | ErrorEvent
  | WorkdirChangesEvent
  | ChangesCommittedEvent
  | FilesRestoredEvent
  | BranchMergedEvent
  | BranchRebasedEvent
  | MergeConflictedEvent
  | BranchPushedEvent
  | PullRequestOpenedEvent
  ;

export interface PromptCommand {
  type: "prompt";
  text: string;
}

export interface WithdrawCommand {
  type: "withdraw";
  commandId: string;
}

export interface ReorderCommand {
  type: "reorder";
  commandIds: string[];
}

export interface InterruptCommand {
  type: "interrupt";
}

export interface CancelCommand {
  type: "cancel";
}

export interface ApproveCommand {
  type: "approve";
  toolUseId: string;
  scope?: "once" | "session";
  input?: Record<string, unknown> | null;
  optionId?: string;
  answers?: Record<string, unknown> | null;
}

export interface DenyCommand {
  type: "deny";
  toolUseId: string;
  reason?: string;
  optionId?: string;
}

export interface SetOptionCommand {
  type: "set_option";
  optionId: string;
  value: string;
}

export interface CommitChangesCommand {
  type: "commit_changes";
  message: string;
  tree: string;
  paths?: string[];
}

export interface RestoreFilesCommand {
  type: "restore_files";
  source: string;
  tree: string;
  paths?: string[];
}

export interface MergeBranchCommand {
  type: "merge_branch";
  head: string;
  how?: "forward" | "commit";
  message?: string;
}

export interface RebaseBranchCommand {
  type: "rebase_branch";
  head: string;
}

export interface PushBranchCommand {
  type: "push_branch";
  head: string;
  remote: string;
  name: string;
}

export interface OpenPullRequestCommand {
  type: "open_pull_request";
  head: string;
  remote: string;
  name: string;
  title: string;
  body?: string;
}

export interface ThrottleCommand {
  type: "throttle";
  delay_ms: number;
}

export interface ResumeCommand {
  type: "resume";
}

export type AnyCommand =
  | PromptCommand
  | WithdrawCommand
  | ReorderCommand
  | InterruptCommand
  | CancelCommand
  | ApproveCommand
  | DenyCommand
  | SetOptionCommand
  | CommitChangesCommand
  | RestoreFilesCommand
  | MergeBranchCommand
  | RebaseBranchCommand
  | PushBranchCommand
  | OpenPullRequestCommand
  | ThrottleCommand
  | ResumeCommand
  ;

export interface SubscribeFrame {
  type: "subscribe";
  session: string;
  after?: number | null;
  tail?: number | null;
  epoch?: string | null;
}

export interface UnsubscribeFrame {
  type: "unsubscribe";
  session: string;
}

export interface AckFrame {
  type: "ack";
  frames: number;
}

export interface WatchSessionsFrame {
  type: "watch_sessions";
  asksOnly?: boolean;
}

export interface VisibilityFrame {
  type: "visibility";
  visible: boolean;
}

export interface PingFrame {
  type: "ping";
}

export type ClientFrame =
  | SubscribeFrame
  | UnsubscribeFrame
  | AckFrame
  | WatchSessionsFrame
  | VisibilityFrame
  | PingFrame
  ;

export interface SubscribedFrame {
  type: "subscribed";
  session: string;
  head: number;
  epoch: string;
  status: SessionStatus;
}

export interface UnsubscribedFrame {
  type: "unsubscribed";
  session: string;
}

export interface EventsFrame {
  type: "events";
  session: string;
  after: number;
  upTo: number;
  events: AnyEvent[];
}

export interface LiveFrame {
  type: "live";
  session: string;
  seq: number;
}

export interface ResetFrame {
  type: "reset";
  session: string;
}

export interface SessionsFrame {
  type: "sessions";
  sessions: SessionSummary[];
}

export interface PongFrame {
  type: "pong";
}

export interface ErrorFrame {
  type: "error";
  code: string;
  message: string;
  session?: string | null;
}

export type ServerFrame =
  | SubscribedFrame
  | UnsubscribedFrame
  | EventsFrame
  | LiveFrame
  | ResetFrame
  | SessionsFrame
  | PongFrame
  | ErrorFrame
  ;

const EVENT_TYPES: ReadonlySet<string> = new Set([
  "block_start",
  "text_delta",
  "thinking_delta",
  "tool_input_delta",
  "text",
  "thinking",
  "opaque_block",
  "tool_use",
  "tool_output_delta",
  "tool_result",
  "session_started",
  "user_message",
  "turn_start",
  "turn_end",
  "turn_discarded",
  "tool_update",
  "agent_spawn",
  "agent_complete",
  "approval_request",
  "approval",
  "todo_update",
  "agent_info",
  "config_options",
  "option_chosen",
  "available_commands",
  "context_usage",
  "memory_gap",
  "retry",
  "compacted",
  "throttled",
  "resumed",
  "status",
  "redacted",
  "error",
  "workdir_changes",
  "changes_committed",
  "files_restored",
  "branch_merged",
  "branch_rebased",
  "merge_conflicted",
  "branch_pushed",
  "pull_request_opened",
]);

export type AnyEvent = KnownEvent | UnknownEvent;

export function isKnown(event: AnyEvent): event is KnownEvent {
  return EVENT_TYPES.has(event.type);
}

/** Spelled out where a person reviews or decides. */
export const HIDDEN_IN_REVIEW = /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{a0}\u{ad}\u{34f}\u{61c}\u{70f}\u{115f}-\u{1160}\u{1680}\u{17b4}-\u{17b5}\u{180b}-\u{180f}\u{2000}-\u{200c}\u{200e}-\u{200f}\u{2028}-\u{202f}\u{205f}-\u{206f}\u{2800}\u{3164}\u{d800}-\u{dfff}\u{fe00}-\u{fe0e}\u{feff}\u{ffa0}\u{fff0}-\u{fffb}\u{1bca0}-\u{1bca3}\u{1d159}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|(?<![\u{a9}\u{ae}\u{203c}\u{2049}\u{2122}\u{2139}\u{2190}-\u{21ff}\u{2300}-\u{23ff}\u{24c2}\u{25a0}-\u{27bf}\u{2900}-\u{297f}\u{2b00}-\u{2bff}\u{3030}-\u{303d}\u{3297}-\u{3299}\u{1f000}-\u{1faff}])\u{fe0f}(?!\u{20e3})|(?<![\u{a9}\u{ae}\u{203c}\u{2049}\u{2122}\u{2139}\u{2190}-\u{21ff}\u{2300}-\u{23ff}\u{24c2}\u{25a0}-\u{27bf}\u{2900}-\u{297f}\u{2b00}-\u{2bff}\u{3030}-\u{303d}\u{3297}-\u{3299}\u{1f000}-\u{1faff}\u{fe0f}])\u{200d}|\u{200d}(?![\u{a9}\u{ae}\u{203c}\u{2049}\u{2122}\u{2139}\u{2190}-\u{21ff}\u{2300}-\u{23ff}\u{24c2}\u{25a0}-\u{27bf}\u{2900}-\u{297f}\u{2b00}-\u{2bff}\u{3030}-\u{303d}\u{3297}-\u{3299}\u{1f000}-\u{1faff}])|(?<=[\u{41}-\u{5a}\u{61}-\u{7a}])[\u{251}\u{261}\u{391}-\u{392}\u{395}-\u{397}\u{399}-\u{39a}\u{39c}-\u{39d}\u{39f}\u{3a1}\u{3a4}-\u{3a5}\u{3a7}\u{3bf}\u{405}-\u{406}\u{408}\u{410}\u{412}\u{415}\u{41a}\u{41c}-\u{41e}\u{420}-\u{423}\u{425}\u{42c}\u{430}\u{435}\u{43e}\u{440}-\u{441}\u{443}\u{445}\u{455}-\u{456}\u{458}\u{4bb}\u{501}\u{51b}\u{51d}\u{2024}\u{2044}\u{2215}\u{2236}\u{29f8}\u{a789}]|[\u{251}\u{261}\u{391}-\u{392}\u{395}-\u{397}\u{399}-\u{39a}\u{39c}-\u{39d}\u{39f}\u{3a1}\u{3a4}-\u{3a5}\u{3a7}\u{3bf}\u{405}-\u{406}\u{408}\u{410}\u{412}\u{415}\u{41a}\u{41c}-\u{41e}\u{420}-\u{423}\u{425}\u{42c}\u{430}\u{435}\u{43e}\u{440}-\u{441}\u{443}\u{445}\u{455}-\u{456}\u{458}\u{4bb}\u{501}\u{51b}\u{51d}\u{2024}\u{2044}\u{2215}\u{2236}\u{29f8}\u{a789}](?=[\u{41}-\u{5a}\u{61}-\u{7a}])/gu;

/** Spelled out in titles and messages. */
export const HIDDEN_IN_PROSE = /[\u{0}-\u{8}\u{b}-\u{c}\u{e}-\u{1f}\u{7f}-\u{9f}\u{34f}\u{115f}-\u{1160}\u{200b}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{3164}\u{d800}-\u{dfff}\u{feff}\u{ffa0}\u{fff0}-\u{fffb}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}]/gu;
