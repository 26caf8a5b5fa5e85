import type { Mark, MarkName } from "../text/mark.ts";

export interface NamedRange {
  readonly name: MarkName;
  readonly range: StaticRange;
}

/**
 * The ranges of an element's text that marks speak of; the text is all its text nodes
 * in a row. Marks that reach beyond the text end with it.
 */
export function rangesOf(element: Element, marks: readonly Mark[]): NamedRange[] {
  if (marks.length === 0) return [];
  const made: NamedRange[] = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let start = 0; // offset of the node within the element's text
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.nodeValue?.length ?? 0;
    for (const { from, to, name } of marks) {
      const startOffset = Math.max(0, from - start);
      const endOffset = Math.min(length, to - start);
      if (startOffset >= endOffset) continue;
      const place = { startContainer: node, startOffset, endContainer: node, endOffset };
      made.push({ name, range: new StaticRange(place) });
    }
    start += length;
  }
  return made;
}
