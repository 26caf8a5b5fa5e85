import { h } from "../view/h.ts";
import type { PageParts } from "./page_parts.ts";

const REFERRING = ["for", "aria-describedby", "aria-labelledby", "aria-controls"];

/** Make a page's parts fit to stand beside another's: no second main element, no id twice. */
export function asPane(parts: PageParts): PageParts {
  const { element, main, bar } = parts;
  const session = main.dataset["session"] ?? "";
  for (const each of element.querySelectorAll("[id]")) rename(element, each, `${each.id}-${session}`);
  const title = bar.querySelector("h1")?.textContent ?? parts.title;
  element.querySelector(".scroller")?.setAttribute("aria-label", `Timeline of ${title}`);
  const inner = h("div");
  for (const { name, value } of main.attributes) inner.setAttribute(name, value);
  inner.append(...main.childNodes);
  main.replaceWith(inner);
  return { ...parts, main: inner };
}

function rename(element: HTMLElement, renamed: Element, id: string): void {
  for (const name of REFERRING) {
    for (const each of element.querySelectorAll(`[${name}="${renamed.id}"]`)) each.setAttribute(name, id);
  }
  renamed.id = id;
}
