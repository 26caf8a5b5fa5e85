import type { MarkdownIt } from "markdown-it";
import { addParagraph, addText, lineAt } from "./block_state.ts";
import type { BlockState } from "./block_state.ts";

const OPEN = /^<details(\s+open)?\s*>\s*/i;
const CLOSE = /^<\/details\s*>\s*$/i;
const SUMMARY = /^<summary>([^]*?)<\/summary>\s*$/i;
const SUMMARY_LINES = 5; // no summary is longer
const FENCE = /^(?:`{3,}|~{3,})/;
const CAN_INTERRUPT = { alt: ["paragraph", "reference", "blockquote"] };
const TAGS = ["<details", "</details", "<summary"] as const;

/** Add `<details>` with its `<summary>`: a block that holds blocks, to its end tag or to the end. */
export function addDetails(parser: MarkdownIt): void {
  parser.block.ruler.before("paragraph", "details", details, CAN_INTERRUPT);
}

/** Whether a line that is not whole may become a tag that folds text. */
export function mayBeFoldTag(line: string): boolean {
  const written = line.trimStart().toLowerCase();
  return written !== "" && TAGS.some((tag) => tag.startsWith(written) || written.startsWith(tag));
}

function details(state: BlockState, start: number, end: number, silent: boolean): boolean {
  const line = lineAt(state, start);
  if (CLOSE.test(line)) return silent || passOver(state, start); // closes nothing
  const opened = OPEN.exec(line);
  if (!opened) return false;
  const { close, next } = extentOf(state, start, end);
  const summary = summaryOf(state, line.slice(opened[0].length), start + 1, close);
  if (!summary) return false;
  if (silent) return true;
  const open = state.push("details_open", "details", 1);
  if (opened[1]) open.attrSet("open", "");
  addText(state, "summary", "summary", summary.text, [start, summary.end]);
  const { lineMax } = state;
  state.lineMax = close;
  state.md.block.tokenize(state, summary.end, close);
  state.lineMax = lineMax;
  state.push("details_close", "details", -1);
  state.line = next;
  open.map = [start, state.line];
  return true;
}

interface Extent {
  readonly close: number; // the line of the end tag, or before which the block ends without
  readonly next: number; // the line after all of it
}

function extentOf(state: BlockState, start: number, end: number): Extent {
  let depth = 1;
  let fence = "";
  let at = start + 1;
  for (; at < end; at += 1) {
    if (state.isEmpty(at)) continue;
    if ((state.sCount[at] ?? 0) < state.blkIndent) break; // a list's item ends here
    const line = lineAt(state, at);
    const signs = FENCE.exec(line)?.[0] ?? "";
    if (fence) {
      if (signs.startsWith(fence) && line.trim() === signs) fence = "";
      continue;
    }
    fence = signs;
    if (OPEN.test(line)) depth += 1;
    if (CLOSE.test(line)) depth -= 1;
    if (depth === 0) return { close: at, next: at + 1 };
  }
  return { close: at, next: at };
}

interface Summary {
  readonly text: string;
  readonly end: number; // the line after it
}

/** Null where something else stands behind the start tag. */
function summaryOf(state: BlockState, behind: string, from: number, close: number): Summary | null {
  let at = from;
  while (behind === "" && at < close && state.isEmpty(at)) at += 1;
  const last = Math.min(close, at + SUMMARY_LINES);
  for (let text = behind; ; at += 1) {
    const found = SUMMARY.exec(text);
    if (found) return { text: (found[1] ?? "").trim(), end: at };
    if (at >= last) break;
    text = text === "" ? lineAt(state, at) : `${text}\n${lineAt(state, at)}`;
  }
  return behind === "" ? { text: "Details", end: from } : null;
}

/** A line that shows nothing, but ends the block above it. */
function passOver(state: BlockState, start: number): boolean {
  state.line = start + 1;
  addParagraph(state, start, "");
  return true;
}
