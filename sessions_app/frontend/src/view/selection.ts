/** A place in the text of an element, in UTF-16 code units from its beginning. */
type Offset = number | null;

/** Whether text inside an element is selected, at least in part. */
export function isSelectedIn(element: Element): boolean {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed) return false;
  return element.contains(selection.anchorNode) || element.contains(selection.focusNode);
}

/** Change an element; what was selected in it stays selected, if the text is still there. */
export function keepingSelection(element: Element, change: () => void): void {
  const selection = document.getSelection();
  if (!selection || !isSelectedIn(element)) return change();
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection;
  const text = selection.toString();
  const anchor = offsetIn(element, anchorNode, anchorOffset);
  const focus = offsetIn(element, focusNode, focusOffset);
  change();
  if (selection.toString() === text) return;
  const from = anchor === null ? { node: anchorNode, offset: anchorOffset } : placeOf(element, anchor);
  const to = focus === null ? { node: focusNode, offset: focusOffset } : placeOf(element, focus);
  if (!from.node?.isConnected || !to.node?.isConnected) return;
  selection.setBaseAndExtent(from.node, from.offset, to.node, to.offset);
}

function offsetIn(element: Element, node: Node | null, offset: number): Offset {
  if (!node || !element.contains(node)) return null;
  const range = document.createRange();
  range.setStart(element, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

function placeOf(element: Element, offset: number): { node: Node | null; offset: number } {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let left = offset;
  let last: Node | null = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.nodeValue?.length ?? 0;
    if (left <= length) return { node, offset: left };
    left -= length;
    last = node;
  }
  return { node: last, offset: last?.nodeValue?.length ?? 0 };
}
