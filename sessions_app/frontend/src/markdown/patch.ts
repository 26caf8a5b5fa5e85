import type { VElement, VNode } from "./vnode.ts";

/** Make `parent`'s children from index `from` on what `wanted` says, reusing nodes. */
export function patch(parent: Node, from: number, wanted: readonly VNode[]): void {
  let at: ChildNode | null = parent.childNodes[from] ?? null;
  for (const node of wanted) {
    if (at && reuse(at, node)) {
      at = at.nextSibling;
      continue;
    }
    const made = build(node);
    if (at) {
      const old: ChildNode = at;
      old.replaceWith(made);
      at = made.nextSibling;
    } else {
      parent.appendChild(made);
    }
  }
  while (at) {
    const next: ChildNode | null = at.nextSibling;
    at.remove();
    at = next;
  }
}

function reuse(existing: ChildNode, wanted: VNode): boolean {
  if (typeof wanted === "string") return reuseText(existing, wanted);
  if (!(existing instanceof Element)) return false;
  if (existing.localName !== wanted.tag || !sameAttrs(existing, wanted)) return false;
  patch(existing, 0, wanted.children);
  return true;
}

function reuseText(existing: ChildNode, wanted: string): boolean {
  if (!(existing instanceof Text)) return false;
  const { data } = existing;
  if (data === wanted) return true;
  // Appending keeps the reader's selection and spares the layout.
  if (wanted.startsWith(data)) existing.appendData(wanted.slice(data.length));
  else existing.data = wanted;
  return true;
}

function sameAttrs(existing: Element, wanted: VElement): boolean {
  // Whether details are open is for the reader to say.
  const counts = (name: string): boolean => name !== "open" || wanted.tag !== "details";
  const names = Object.keys(wanted.attrs).filter(counts);
  if (existing.getAttributeNames().filter(counts).length !== names.length) return false;
  return names.every((name) => existing.getAttribute(name) === wanted.attrs[name]);
}

function build(node: VNode): Text | Element {
  if (typeof node === "string") return document.createTextNode(node);
  const made = document.createElement(node.tag);
  for (const [name, value] of Object.entries(node.attrs)) made.setAttribute(name, value);
  made.append(...node.children.map(build));
  return made;
}
