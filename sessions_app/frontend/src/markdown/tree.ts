import type { Token } from "markdown-it";
import { element } from "./vnode.ts";
import type { VElement, VNode } from "./vnode.ts";

// What a link may lead to. Anything else stays text.
const SAFE_LINK = /^(https?:|mailto:)/i;
const ALERT = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*/i;
const TASK = /^\[([ xX])\]\s/;
type Attr = ReturnType<Token["attrGet"]>;

const CELL_ALIGN = /text-align:(left|center|right)/;

/** Build the document that markdown-it's tokens describe; nothing else gets in. */
export function treeOf(tokens: readonly Token[]): VNode[] {
  const root = element("root");
  const open: VElement[] = [root];
  for (const token of tokens) {
    const parent = open.at(-1) ?? root;
    if (token.nesting === 1) {
      const child = opening(token);
      // A tight list's paragraphs are marked hidden: their text joins the item.
      if (!token.hidden) parent.children.push(child);
      open.push(token.hidden ? parent : child);
    } else if (token.nesting === -1) {
      open.pop();
      if (token.type === "blockquote_close") markAlert(parent);
    } else {
      parent.children.push(...leaf(token));
    }
  }
  return root.children;
}

function opening(token: Token): VElement {
  switch (token.tag) {
    case "a":
      return link(token.attrGet("href"), token.attrGet("title"));
    case "th":
    case "td":
      return element(token.tag, cellAttrs(token));
    case "ol": {
      const start = token.attrGet("start");
      return element("ol", start === null ? {} : { start: `${start}` });
    }
    case "details":
      return element("details", token.attrGet("open") === null ? {} : { open: "" });
    default:
      return element(token.tag);
  }
}

/** A quote that begins with `[!NOTE]` is GitHub's alert. */
function markAlert(quote: VElement): void {
  const [first] = quote.children;
  if (typeof first !== "object" || first.tag !== "p") return;
  const [text, ...rest] = first.children;
  const found = typeof text === "string" ? ALERT.exec(text) : null;
  if (!found || typeof text !== "string") return;
  const kind = (found[1] ?? "").toLowerCase();
  quote.attrs["class"] = `alert alert-${kind}`;
  const body = text.slice(found[0].length);
  first.children = [...(body ? [body] : []), ...(body || rest[0] !== "\n" ? rest : rest.slice(1))];
  const title = element("p", { class: "alert-title" }, [kind[0]?.toUpperCase() + kind.slice(1)]);
  quote.children = [title, ...(first.children.length > 0 ? [first] : []), ...quote.children.slice(1)];
}

function cellAttrs(token: Token): Record<string, string> {
  const found = CELL_ALIGN.exec(`${token.attrGet("style") ?? ""}`);
  return found?.[1] ? { class: `align-${found[1]}` } : {};
}

function link(href: Attr, title: Attr): VElement {
  const url = `${href ?? ""}`;
  const isTitled = title !== null;
  if (!SAFE_LINK.test(url)) {
    return element("span", { class: "unlinked", title: isTitled ? `${url} ${title}` : url });
  }
  const titled: Record<string, string> = isTitled ? { title: `${title}` } : {};
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow", ...titled });
}

function leaf(token: Token): VNode[] {
  switch (token.type) {
    case "inline":
      return task(treeOf(token.children ?? []));
    case "text":
    case "text_special":
      return token.content ? [token.content] : [];
    case "softbreak":
      return ["\n"];
    case "hardbreak":
      return [element("br")];
    case "hr":
      return [element("hr")];
    case "math":
      return [element("span", { class: "math" }, [token.content])];
    case "code_inline":
      return [element("code", {}, [token.content])];
    case "code_block":
    case "fence":
      return [code(token)];
    case "image":
      return [image(token)];
    default:
      return token.content ? [token.content] : [];
  }
}

function code(token: Token): VElement {
  const language = languageOf(token.info);
  const attrs: Record<string, string> = language ? { "data-language": language } : {};
  const copy = element("button", { type: "button", class: "copy", "aria-label": "Copy code" });
  const draw = element("button", { type: "button", class: "draw", "aria-label": "Diagram", "aria-pressed": "false" });
  const buttons = language.toLowerCase() === "mermaid" ? [draw, copy] : [copy];
  return element("pre", attrs, [...buttons, element("code", {}, [token.content])]);
}

/** The first word; of pandoc's `{.python .numberLines}` its class. */
function languageOf(info: string): string {
  return /^\s*(?:\{\s*\.)?([^\s}]*)/.exec(info)?.[1] ?? "";
}

function image(token: Token): VElement {
  // Images become links: showing one would tell its host who reads this.
  const said = (token.children ?? []).map((child) => child.content).join("");
  const shown = said || "image";
  const made = link(token.attrGet("src"), token.attrGet("title"));
  made.children.push(shown);
  return made;
}

function task(children: VNode[]): VNode[] {
  const [first, ...rest] = children;
  const found = typeof first === "string" ? TASK.exec(first) : null;
  if (!found || typeof first !== "string") return children;
  const done = found[1] !== " ";
  const mark = element("span", { class: "task" }, [done ? "☑" : "☐"]);
  return [mark, ` ${first.slice(found[0].length)}`, ...rest];
}
