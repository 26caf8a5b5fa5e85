const NAME = "found"; // the highlight's name in style/session/look_back.css

/** Marks a text in the mounted elements by a custom highlight, without changing elements. */
export class Found {
  private readonly highlight = "highlights" in CSS ? new Highlight() : null;

  /** Mark all occurrences of a text in one element; an empty text removes the marks. */
  mark(element: Element, text: string): void {
    const { highlight } = this;
    if (!highlight) return;
    highlight.clear();
    const words = text.toLowerCase();
    if (words === "") return;
    CSS.highlights.set(NAME, highlight); // of this page, whichever marked before
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const data = (node.nodeValue ?? "").toLowerCase();
      if (data.includes(words)) openAround(node);
      for (let at = data.indexOf(words); at >= 0; at = data.indexOf(words, at + words.length)) {
        const endOffset = Math.min(at + words.length, node.nodeValue?.length ?? 0);
        highlight.add(new StaticRange({ startContainer: node, startOffset: at, endContainer: node, endOffset }));
      }
    }
  }
}

/** Open the details that a text is folded in. */
function openAround(node: Node): void {
  for (let at = node.parentElement; at; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true;
  }
}
