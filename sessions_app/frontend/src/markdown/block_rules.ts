import type { MarkdownIt } from "markdown-it";

const DETAILS = /^<\/?details(?:\s+open)?\s*>\s*/i;
const SUMMARY = /^<summary>(.*?)<\/summary>\s*/i;
const FOOTNOTE = /^\[\^[^\]\s]{1,40}\]:/;
const CAN_INTERRUPT = { alt: ["paragraph", "reference", "blockquote"] };

type BlockState = Parameters<Parameters<MarkdownIt["block"]["ruler"]["push"]>[1]>[0];

/** Add what agents write in HTML to fold text, shown unfolded; and footnotes. */
export function addBlockRules(parser: MarkdownIt): void {
  parser.block.ruler.before("reference", "footnote", footnote);
  parser.block.ruler.before("paragraph", "details", details, CAN_INTERRUPT);
}

/** A footnote is a paragraph. As the definition of a link, which it looks like, it would vanish. */
function footnote(state: BlockState, start: number, end: number, silent: boolean): boolean {
  if (!FOOTNOTE.test(lineAt(state, start))) return false;
  if (silent) return true;
  const enders = state.md.block.ruler.getRules("paragraph");
  let line = start + 1;
  while (line < end && !state.isEmpty(line) && !enders.some((ends) => ends(state, line, end, true))) {
    line += 1;
  }
  const content = state.getLines(start, line, state.blkIndent, false).trim();
  state.line = line;
  addParagraph(state, start, content);
  return true;
}

function details(state: BlockState, start: number, _end: number, silent: boolean): boolean {
  const line = lineAt(state, start);
  const outer = DETAILS.exec(line)?.[0] ?? "";
  const inner = SUMMARY.exec(line.slice(outer.length));
  if ((outer === "" && !inner) || line.slice(outer.length + (inner?.[0].length ?? 0)) !== "") return false;
  if (silent) return true;
  state.line = start + 1;
  addParagraph(state, start, inner ? `**${(inner[1] ?? "").replaceAll("*", "\\*")}**` : "");
  return true;
}

function lineAt(state: BlockState, line: number): string {
  const from = (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0);
  return state.src.slice(from, state.eMarks[line]);
}

function addParagraph(state: BlockState, start: number, content: string): void {
  const map: [number, number] = [start, state.line];
  state.push("paragraph_open", "p", 1).map = map;
  const inline = state.push("inline", "", 0);
  inline.content = content;
  inline.map = map;
  inline.children = [];
  state.push("paragraph_close", "p", -1);
}
