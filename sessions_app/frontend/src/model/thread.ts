import type { SessionStatus, WorkdirChangesEvent } from "../protocol.ts";
import { NO_AGENT } from "./agent_state.ts";
import type { AgentState } from "./agent_state.ts";
import type { NoticeEvent, NoticeRow, Row, ToolRow } from "./row.ts";
import { runsAtEnd } from "./run.ts";
import { NOTHING } from "./tally.ts";
import type { Tally } from "./tally.ts";
import type { ReportedFigures } from "./used.ts";

/** "hole": events before this one are missing, so the log must be read again. */
export type Folded = "folded" | "hole";

export type TodoItem = Record<string, unknown>;
export const NO_TODO: TodoItem[] = []; // until the log reports a status

/** Everything the page knows of one session: its log, folded. */
export interface Thread {
  readonly id: string;
  /** The seq after which the log was folded; 0 if from its beginning. */
  start: number;
  rows: Row[];
  /** Calls without a result, including those that wait for approval. */
  open: Set<ToolRow>;
  blocks: Map<string, Row>;
  tools: Map<string, ToolRow>;
  children: string[];
  /** The first row if it is a notice, with the event it was created for. */
  lead: { row: NoticeRow; event: NoticeEvent } | null;
  /** Ids of discarded messages. */
  discarded: string[];
  status: SessionStatus | null;
  statusDetail: string;
  /** The seq of the event that set the status; 0 if none was read. */
  statusSeq: number;
  model: string;
  workdir: string;
  turn: number;
  /** Usage of all events read. */
  tally: Tally;
  reported: ReportedFigures | null;
  /** Usage of the events after `reported`. */
  since: Tally;
  /** Tokens of the last turn's context; null before a turn was read, 0 if unknown. */
  contextTokens: number | null;
  agent: AgentState;
  todo: TodoItem[];
  /** What git says has changed, after each turn, in order. */
  changes: WorkdirChangesEvent[];
  startTs: number;
  lastTs: number;
  version: number;
  /** The reader has seen the log up to this seq, at an earlier visit; 0: nothing of it. */
  seen: number;
  /** Rows changed since they were last painted. */
  touched: Set<Row>;
  /** True if rows were removed or all were created anew. */
  reshaped: boolean;
}

export function emptyThread(id: string): Thread {
  return {
    id,
    start: 0,
    rows: [],
    open: new Set(),
    blocks: new Map(),
    tools: new Map(),
    children: [],
    lead: null,
    discarded: [],
    status: null,
    statusDetail: "",
    statusSeq: 0,
    model: "",
    workdir: "",
    turn: 0,
    tally: NOTHING,
    reported: null,
    since: NOTHING,
    contextTokens: null,
    agent: NO_AGENT,
    todo: NO_TODO,
    changes: [],
    startTs: 0,
    lastTs: 0,
    version: 0,
    seen: 0,
    touched: new Set(),
    reshaped: true,
  };
}

export function append(thread: Thread, row: Row): void {
  if (row.kind !== "tool") closeRuns(thread);
  thread.rows.push(row);
  touch(thread, row);
}

export function touch(thread: Thread, row: Row): void {
  row.version += 1;
  thread.touched.add(row);
}

/** Find the runs that end with the first `end` rows, which something else follows. */
export function closeRuns(thread: Thread, end = thread.rows.length): void {
  for (const run of runsAtEnd(thread.rows, end)) {
    for (const row of run.rows) {
      row.run = run;
      touch(thread, row);
    }
  }
}

export function remove(thread: Thread, gone: (row: Row) => boolean): void {
  for (const row of thread.rows) if (row.kind === "tool" && gone(row)) leave(thread, row);
  thread.rows = thread.rows.filter((row) => !gone(row));
  thread.reshaped = true;
}

/** Remove a call from its run, which dissolves the run. */
function leave(thread: Thread, gone: ToolRow): void {
  thread.open.delete(gone);
  leaveRun(thread, gone);
}

export function leaveRun(thread: Thread, { run }: ToolRow): void {
  for (const row of run?.rows ?? []) {
    row.run = null;
    touch(thread, row);
  }
}

/** The text of all text blocks, in order. */
export function textOf(thread: Thread): string {
  return thread.rows.map((row) => (row.kind === "text" ? row.text : "")).join("");
}
