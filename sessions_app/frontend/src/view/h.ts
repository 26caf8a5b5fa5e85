import { spellOutProse } from "../text/spelled.ts";

type Child = Node | string;

/** Build an element with attributes and children; hidden characters are spelled out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attrs: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) made.setAttribute(name, value);
  const shown = children.map((c) => (typeof c === "string" ? spellOutProse(c) : c));
  made.append(...shown);
  return made;
}

/** A part of the server's HTML, which must be there. */
export function part<T extends HTMLElement = HTMLElement>(root: HTMLElement, selector: string): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/** Set a property only when it differs: a browser lays out anew for the same value, too. */
export function set<T extends object, K extends keyof T>(node: T, name: K, value: T[K]): void {
  if (node[name] !== value) node[name] = value;
}

/** Show a text, with hidden characters spelled out. */
export function setText(node: Element, text: string): void {
  set<Element, "textContent">(node, "textContent", spellOutProse(text));
}
