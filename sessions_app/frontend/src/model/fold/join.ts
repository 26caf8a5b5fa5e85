import { discard, isSaidBy, supersedes } from "./fold.ts";
import type { ProseRow, Row, ToolRow } from "../row.ts";
import { later } from "../agent_state.ts";
import { withDetails } from "../tool_details.ts";
import { sum } from "../tally.ts";
import { closeRuns, leaveRun, NO_TODO } from "../thread.ts";
import type { Thread } from "../thread.ts";

/**
 * Put the fold of older events before a thread: it is then what a fold of all of them
 * would have been. The later events may begin anywhere, but cost least to read at the
 * start of a turn, which few things reach across.
 */
export function join(older: Thread, thread: Thread): void {
  for (const messageId of thread.discarded) discard(older, messageId);
  const moved = new Set<Row>(retell(older, thread));
  for (const row of mergeSame(older, thread)) moved.add(row);
  Object.assign(thread, {
    start: older.start,
    rows: [...older.rows, ...thread.rows.filter((row) => !moved.has(row))],
    open: new Set([...older.open, ...thread.open].filter((row) => !row.result && !moved.has(row))),
    blocks: new Map([...older.blocks, ...known(thread.blocks, older.blocks)]),
    tools: new Map([...older.tools, ...known(thread.tools, older.tools)]),
    children: [...new Set([...older.children, ...thread.children])],
    lead: older.rows.length > 0 ? older.lead : thread.lead,
    discarded: [...older.discarded, ...thread.discarded],
    status: thread.status ?? older.status,
    statusDetail: thread.status ? thread.statusDetail : older.statusDetail,
    statusSeq: thread.statusSeq || older.statusSeq,
    model: thread.model || older.model,
    workdir: thread.workdir || older.workdir,
    turn: thread.turn || older.turn,
    tally: sum(older.tally, thread.tally),
    since: sum(older.since, thread.since),
    contextTokens: thread.contextTokens ?? older.contextTokens,
    agent: later(older.agent, thread.agent),
    todo: thread.todo === NO_TODO ? older.todo : thread.todo,
    changes: [...older.changes, ...thread.changes],
    startTs: older.startTs || thread.startTs,
    lastTs: thread.lastTs || older.lastTs,
    version: thread.version + 1,
    reshaped: true,
  } satisfies Partial<Thread>);
  joinRuns(thread, older.rows.length);
}

/** Recompute the runs around the join: one may span it. */
function joinRuns(thread: Thread, border: number): void {
  let end = border;
  for (let row = thread.rows[end]; row?.kind === "tool"; row = thread.rows[end]) {
    leaveRun(thread, row);
    end += 1;
  }
  for (let at = border - 1; at >= 0; at -= 1) {
    const row = thread.rows[at];
    if (row?.kind !== "tool") break;
    leaveRun(thread, row);
  }
  if (end < thread.rows.length) closeRuns(thread, end);
}

/** Merge the thread's first notice into the last older row, as folding in order would. */
function retell(older: Thread, { lead }: Thread): Row[] {
  const last = older.rows.at(-1);
  if (!lead || !last) return [];
  if (last.kind === "notice" && supersedes(lead.event, last.event)) {
    last.event = lead.row.event;
    last.seqs.push(...lead.row.seqs);
    return [lead.row];
  }
  if (last.kind === "outcome" && lead.event.type === "status" && isSaidBy(lead.event)) {
    last.detail = lead.event.detail ?? "";
    last.seqs.push(...lead.row.seqs);
    return [lead.row];
  }
  return [];
}

/** Merge rows that begin in the older events and continue in the later ones. */
function* mergeSame(older: Thread, thread: Thread): Generator<Row> {
  for (const [id, row] of thread.tools) {
    const begun = older.tools.get(id) ?? older.blocks.get(row.block);
    if (begun?.kind !== "tool") continue;
    mergeTool(begun, row);
    if (row.block) older.blocks.set(row.block, begun);
    older.tools.set(id, begun);
    yield row;
  }
  for (const [block, row] of thread.blocks) {
    const begun = older.blocks.get(block);
    if (row.kind === "tool" || begun === undefined || !isProse(row) || !isProse(begun)) continue;
    mergeProse(begun, row);
    yield row;
  }
}

function isProse(row: Row): row is ProseRow {
  return row.kind === "text" || row.kind === "thinking";
}

function mergeTool(begun: ToolRow, row: ToolRow): void {
  begun.seqs.push(...row.seqs);
  begun.block ||= row.block;
  begun.toolUseId ||= row.toolUseId;
  begun.tool = row.tool || begun.tool;
  begun.isCut = row.input ? row.isCut : begun.isCut;
  begun.input = row.input ?? begun.input;
  begun.inputText = begun.input ? "" : row.inputText || begun.inputText;
  begun.details = row.details ? withDetails(begun.details, row.details) : begun.details;
  begun.startTs = row.startTs || begun.startTs;
  begun.result = row.result ?? begun.result;
  begun.liveOutput = begun.result ? "" : row.liveOutput || begun.liveOutput;
  begun.answer = row.ask ? row.answer : (row.answer ?? begun.answer);
  begun.ask = row.ask ?? begun.ask;
  begun.child = row.child ?? begun.child;
}

function mergeProse(begun: ProseRow, row: ProseRow): void {
  begun.seqs.push(...row.seqs);
  begun.text = row.text;
  begun.rewrites += 1;
  begun.done = row.done;
  begun.partial = row.partial;
  begun.endTs = row.endTs;
  begun.citations = row.citations;
}

/** The later rows that were not merged into older ones. */
function known<R>(later: Map<string, R>, older: Map<string, Row>): [string, R][] {
  return [...later].filter(([name]) => !older.has(name));
}
