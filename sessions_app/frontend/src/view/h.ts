type Child = Node | string;

/** Build an element with attributes and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attrs: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Set a property only when it differs: a browser lays out anew for the same value, too. */
export function set<T extends object, K extends keyof T>(node: T, name: K, value: T[K]): void {
  if (node[name] !== value) node[name] = value;
}

export function setText(node: Element, text: string): void {
  set<Element, "textContent">(node, "textContent", text);
}
