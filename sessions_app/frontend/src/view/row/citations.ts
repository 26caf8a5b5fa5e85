import { h } from "../h.ts";

const WEB = /^https?:\/\//i;

export function citationList(citations: Record<string, unknown>[]): HTMLElement {
  const items = citations.map((citation) => h("li", {}, source(citation)));
  return h("ol", { class: "citations" }, ...items);
}

function source(citation: Record<string, unknown>): Node | string {
  const url = textOf(citation["url"]);
  const title =
    textOf(citation["title"]) || textOf(citation["document_title"]) || url || "source";
  if (!WEB.test(url)) return title;
  const rel = "noopener noreferrer nofollow";
  return h("a", { href: url, target: "_blank", rel }, title);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
