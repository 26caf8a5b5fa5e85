import type { Token } from "markdown-it";
import type { Kind } from "./cut.ts";
import { parse } from "./parser/parser.ts";
import type { References } from "./parser/parser.ts";
import { treeOf } from "./tree.ts";
import { element } from "./vnode.ts";
import type { VElement, VNode } from "./vnode.ts";

/** State shared by the parts of one long block. */
export class Group {
  readonly kind: Kind;
  isLoose = false; // a list: its items are paragraphs
  tag = ""; // a paragraph: it has turned out to be a heading
  version = 0;
  private items = 0; // of a list, so far
  private start = 1; // its first number

  constructor(kind: Kind) {
    this.kind = kind;
  }

  /** Take in a part's tokens; returns the number of list items before it. */
  learn(tokens: readonly Token[], isFirst: boolean): number {
    const before = this.items;
    const [open] = tokens;
    if (this.kind === "list") {
      if (isFirst) this.start = Number(open?.attrGet("start") ?? 1);
      this.items += tokens.filter((t) => t.type === "list_item_open" && t.level === 1).length;
    }
    this.note(tokens);
    return before;
  }

  /** Note properties that hold for all parts, including earlier ones. */
  note(tokens: readonly Token[]): void {
    const isLoose = tokens.some((t) => t.type === "paragraph_open" && t.level === 2 && !t.hidden);
    const heading = tokens.find((t) => t.type === "heading_open" && t.level <= 1);
    if (this.kind === "list" && isLoose && !this.isLoose) {
      this.isLoose = true;
      this.version += 1;
    }
    if (this.kind === "paragraph" && heading && this.tag !== heading.tag) {
      this.tag = heading.tag;
      this.version += 1;
    }
  }

  numberAt(items: number): string {
    return `${this.start + items}`;
  }
}

/** A bounded part of a text, parsed when it is to be shown. */
export class Part {
  source = "";
  group: Group | null = null;
  /** Goes on with the block of the part before it. */
  isContinued = false;
  itemsBefore = 0;
  /** Text at the end that has not been parsed, of a block that cannot be cut. */
  pending = "";
  private readonly references: References;

  constructor(references: References) {
    this.references = references;
  }

  /** Changes whenever `nodes` does. */
  get version(): string {
    const known = Object.keys(this.references).length;
    const own = `${this.source.length} ${this.pending.length}`;
    return `${own} ${this.group?.version ?? ""} ${this.isContinued} ${known}`;
  }

  nodes(): VNode[] {
    const tokens = parse(this.source, { ...this.references });
    if (this.group?.isLoose) loosen(tokens);
    const nodes = treeOf(tokens);
    if (this.group) this.fit(nodes[0], this.group);
    if (!this.pending) return nodes;
    const last = nodes.at(-1);
    if (typeof last !== "object" || last.tag !== "details") return [...nodes, this.pending];
    last.children.push(this.pending); // what is folded stays folded while it grows
    return nodes;
  }

  private fit(node: VNode | undefined, group: Group): void {
    if (node === undefined || typeof node === "string") return;
    switch (group.kind) {
      case "list":
        if (this.isContinued && node.tag === "ol") {
          node.attrs["start"] = group.numberAt(this.itemsBefore);
        }
        break;
      case "table":
        if (this.isContinued) node.children = node.children.filter((c) => tagOf(c) !== "thead");
        break;
      case "paragraph": {
        const inner = innermost(node);
        if (group.tag) inner.tag = group.tag;
        const [first] = inner.children;
        if (this.isContinued && typeof first === "string") inner.children[0] = first.slice(2);
        break;
      }
    }
  }
}

/** Put the parts of a document together again. */
export function join(parts: readonly Part[]): VNode[] {
  const whole: VNode[] = [];
  for (const part of parts) {
    const [first, ...rest] = part.nodes();
    const before = whole.at(-1);
    if (!part.isContinued || !part.group || first === undefined) {
      whole.push(...(first === undefined ? [] : [first]), ...rest);
      continue;
    }
    if (typeof before === "object" && typeof first === "object") weld(before, first, part.group.kind);
    whole.push(...rest);
  }
  return whole;
}

function weld(before: VElement, next: VElement, kind: Kind): void {
  switch (kind) {
    case "list":
    case "quote":
      before.children.push(...next.children);
      break;
    case "fence":
      innermost(before).children = [`${textIn(before)}${textIn(next)}`];
      break;
    case "table":
      weldTables(before, next);
      break;
    case "paragraph":
      innermost(before).children.push(" ", ...innermost(next).children);
      break;
  }
}

function weldTables(before: VElement, next: VElement): void {
  const rows = next.children.flatMap((child) => (typeof child === "object" ? child.children : []));
  const body = before.children.find((child) => tagOf(child) === "tbody");
  if (typeof body === "object") body.children.push(...rows);
  else if (rows.length > 0) before.children.push(element("tbody", {}, rows));
}

/** The paragraph in quotes, or the code in its frame. */
function innermost(node: VElement): VElement {
  const last = node.children.at(-1);
  const isFrame = node.tag === "blockquote" || node.tag === "pre";
  return isFrame && typeof last === "object" ? innermost(last) : node;
}

function textIn(node: VElement): string {
  return node.children.map((child) => (typeof child === "string" ? child : textIn(child))).join("");
}

function tagOf(node: VNode): string {
  return typeof node === "string" ? "" : node.tag;
}

function loosen(tokens: Token[]): void {
  for (const token of tokens) {
    if (token.level === 2 && token.type.startsWith("paragraph_")) token.hidden = false;
  }
}
