import type { MarkdownIt } from "markdown-it";
import { addParagraph, lineAt } from "./block_state.ts";
import type { BlockState } from "./block_state.ts";

const FOOTNOTE = /^\[\^[^\]\s]{1,40}\]:/;

/** Add footnotes: a paragraph each. As the definitions of links, which they look like, they would vanish. */
export function addFootnotes(parser: MarkdownIt): void {
  parser.block.ruler.before("reference", "footnote", footnote);
}

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
