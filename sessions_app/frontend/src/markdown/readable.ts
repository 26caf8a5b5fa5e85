import { HIDDEN_IN_PROSE, HIDDEN_IN_REVIEW } from "../protocol.ts";
import { spellOut } from "../text/spelled.ts";
import { element } from "./vnode.ts";
import type { VElement, VNode } from "./vnode.ts";

/**
 * A document as it is displayed: each block has the direction of its own text, code is
 * always left to right, and hidden characters are spelled out.
 */
export function readable(nodes: readonly VNode[]): VNode[] {
  return nodes.flatMap((node) => {
    if (typeof node === "string") return shownText(node, HIDDEN_IN_PROSE);
    const made = displayed(node, false);
    return node.tag === "pre" ? made : { ...made, attrs: { ...made.attrs, dir: "auto" } };
  });
}

function displayed(node: VElement, isInCode: boolean): VElement {
  const isCode = isInCode || node.tag === "code";
  const attrs = { ...node.attrs };
  // An element with a direction is isolated, and does not count for the one around it.
  if (node.tag === "code" || node.tag === "pre") attrs["dir"] = "ltr";
  if ("title" in attrs) attrs["title"] = spellOut(attrs["title"] ?? "");
  const hidden = isCode ? HIDDEN_IN_REVIEW : HIDDEN_IN_PROSE;
  const children = node.children.flatMap((child) =>
    typeof child === "string" ? shownText(child, hidden) : displayed(child, isCode),
  );
  return { ...node, attrs, children };
}

function shownText(text: string, hidden: RegExp): VNode[] {
  const found = [...text.matchAll(hidden)];
  if (found.length === 0) return [text];
  const made: VNode[] = [];
  let from = 0;
  for (const { 0: char, index } of found) {
    if (index > from) made.push(text.slice(from, index));
    made.push(element("span", { class: "hidden-char" }, [spellOut(char)]));
    from = index + char.length;
  }
  if (from < text.length) made.push(text.slice(from));
  return made;
}
