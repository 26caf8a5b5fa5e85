import { element } from "../../src/markdown/vnode.ts";
import type { VElement, VNode } from "../../src/markdown/vnode.ts";

const PIECE = /<(\/?)([a-z]+[1-6]?)((?: [a-z]+="[^"]*")*)(?: \/)?>|[^<]+/g;
const ATTR = /([a-z]+)="([^"]*)"/g;
const COPY = { type: "button", class: "copy", "aria-label": "Copy code" };
const AWAY = { target: "_blank", rel: "noopener noreferrer nofollow" };
const VOID = new Set(["br", "hr", "img"]);
const CHARS: Record<string, string> = { lt: "<", gt: ">", quot: '"', amp: "&" };
const BLOCKS = new Set("p h1 h2 h3 h4 h5 h6 ul ol li pre blockquote hr".split(" "));
const SAFE_LINK = /^(https?:|mailto:)/i;

/** What the page should show for the HTML that the specification asks for. */
export function pageOf(html: string): VNode[] {
  const root = element("root");
  const open: VElement[] = [root];
  for (const [text, slash, tag = "", attrs = ""] of html.matchAll(PIECE)) {
    const parent = open.at(-1) ?? root;
    if (slash) open.pop();
    else if (!tag) parent.children.push(unescaped(text));
    else {
      const child = shownAs(tag, attrsOf(attrs), parent);
      parent.children.push(child);
      if (!VOID.has(tag)) open.push(child);
    }
  }
  return tidy(root.children);
}

/** The same with what makes no difference to a reader taken away. */
export function tidy(nodes: readonly VNode[], isCode = false): VNode[] {
  const joined: VNode[] = [];
  for (const node of nodes) {
    const last = joined.at(-1);
    if (typeof node === "object") {
      joined.push({ ...node, children: tidy(node.children, isCode || node.tag === "pre") });
    } else if (typeof last === "string") joined.splice(-1, 1, last + node);
    else joined.push(node);
  }
  const trim = (node: VNode, i: number): VNode => trimmed(node, joined[i - 1], joined[i + 1]);
  return (isCode ? joined : joined.map(trim)).filter((node) => node !== "");
}

/** Line ends beside blocks, and after a hard break, are the HTML's, not the text's. */
function trimmed(node: VNode, before: VNode | undefined, after: VNode | undefined): VNode {
  if (typeof node !== "string") return node;
  let text = node;
  if (!isInline(before) || isBreak(before)) text = text.replace(/^\n/, "");
  if (!isInline(after)) text = text.replace(/\n$/, "");
  return text;
}

function isInline(node: VNode | undefined): boolean {
  return typeof node === "string" || (node !== undefined && !BLOCKS.has(node.tag));
}

function isBreak(node: VNode | undefined): boolean {
  return typeof node === "object" && node.tag === "br";
}

function shownAs(tag: string, attrs: Record<string, string>, parent: VElement): VElement {
  if (tag === "a") return link(attrs["href"] ?? "", attrs["title"]);
  if (tag === "pre") return element("pre", {}, [element("button", COPY)]);
  if (tag === "code" && attrs["class"]) {
    parent.attrs["data-language"] = attrs["class"].replace("language-", "");
    return element("code");
  }
  return element(tag, attrs);
}

/** A link leads to the web or to mail; another is text that says where it would lead. */
function link(href: string, title: string | undefined): VElement {
  const isTitled = title !== undefined;
  if (SAFE_LINK.test(href)) return element("a", { href, ...AWAY, ...(isTitled && { title }) });
  return element("span", { class: "unlinked", title: isTitled ? `${href} ${title}` : href });
}

function attrsOf(text: string): Record<string, string> {
  const found = [...text.matchAll(ATTR)];
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, unescaped(value)]));
}

function unescaped(text: string): string {
  return text.replace(/&(lt|gt|quot|amp);/g, (whole, name: string) => CHARS[name] ?? whole);
}
