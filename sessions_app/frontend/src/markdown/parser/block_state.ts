import type { MarkdownIt } from "markdown-it";

/** What a rule for blocks reads and adds to. */
export type BlockState = Parameters<Parameters<MarkdownIt["block"]["ruler"]["push"]>[1]>[0];

/** A line without what indents it. */
export function lineAt(state: BlockState, line: number): string {
  const from = (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0);
  return state.src.slice(from, state.eMarks[line]);
}

/** Add a paragraph from the line `start` to where the state stands. */
export function addParagraph(state: BlockState, start: number, content: string): void {
  addText(state, "paragraph", "p", content, [start, state.line]);
}

/** Add a block of text, from the line `map[0]` to before `map[1]`. */
export function addText(
  state: BlockState,
  type: string,
  tag: string,
  content: string,
  map: [number, number],
): void {
  state.push(`${type}_open`, tag, 1).map = map;
  const inline = state.push("inline", "", 0);
  inline.content = content;
  inline.map = map;
  inline.children = [];
  state.push(`${type}_close`, tag, -1);
}
