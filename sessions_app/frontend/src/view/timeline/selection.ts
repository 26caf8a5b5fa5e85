/** Whether text inside an element is selected, at least in part. */
export function isSelectedIn(element: Element): boolean {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed) return false;
  return element.contains(selection.anchorNode) || element.contains(selection.focusNode);
}

/**
 * Change a list of items. What was selected stays selected as long as the row still has
 * that text, even if it has moved into another item of the row.
 */
export function keepingSelection(list: Element, change: () => void): void {
  const selection = document.getSelection();
  if (!selection || !isSelectedIn(list)) return change();
  const { startContainer, startOffset } = selection.getRangeAt(0);
  const text = selectedText(selection);
  const items = rowOf(startContainer, list);
  const offset = textOffset(items(), startContainer, startOffset);
  change();
  if (selectedText(selection) === text) return;
  const after = items();
  const at = nearest(after.map((item) => item.textContent ?? "").join(""), text, offset);
  const from = at < 0 ? null : placeAt(after, at);
  const to = at < 0 ? null : placeAt(after, at + text.length);
  if (from && to) selection.setBaseAndExtent(from.node, from.offset, to.node, to.offset);
}

// Not `Selection.toString`: it adds line ends between blocks, which text nodes lack.
function selectedText(selection: Selection): string {
  return selection.rangeCount > 0 ? selection.getRangeAt(0).toString() : "";
}

/** Finds the items of the row that a node is in, as they are at the time. */
function rowOf(node: Node, list: Element): () => Element[] {
  const element = node instanceof Element ? node : node.parentElement;
  const { session = "", row = "" } = element?.closest<HTMLElement>(".item")?.dataset ?? {};
  const item = `.item[data-session="${CSS.escape(session)}"][data-row="${CSS.escape(row)}"]`;
  return () => [...list.querySelectorAll(item)];
}

function textOffset(items: readonly Element[], node: Node, offset: number): number {
  const [first] = items;
  if (!first || node.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING) return 0;
  const at = items.findIndex((item) => item.contains(node));
  const range = document.createRange();
  range.setStart(items[at] ?? first, 0);
  range.setEnd(node, offset);
  const above = items.slice(0, Math.max(0, at)).map((item) => item.textContent ?? "");
  return above.join("").length + range.toString().length;
}

/** The index of the occurrence of a text nearest to an offset; -1 if there is none. */
function nearest(all: string, text: string, offset: number): number {
  const before = all.lastIndexOf(text, offset);
  const after = all.indexOf(text, offset);
  if (before < 0 || after < 0) return Math.max(before, after);
  return offset - before <= after - offset ? before : after;
}

function placeAt(items: readonly Element[], offset: number): { node: Node; offset: number } | null {
  let left = offset;
  for (const item of items) {
    const walker = document.createTreeWalker(item, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const length = node.nodeValue?.length ?? 0;
      if (left <= length) return { node, offset: left };
      left -= length;
    }
  }
  return null;
}
