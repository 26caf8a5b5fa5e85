import type { Part } from "../markdown/part.ts";
import { patch } from "../markdown/patch.ts";
import { copyText } from "../browser/clipboard.ts";
import { readable } from "../markdown/readable.ts";
import type { MarkdownStream } from "../markdown/stream.ts";
import type { VNode } from "../markdown/vnode.ts";
import type { ProseRow } from "../model/row.ts";
import type { Code, Highlighter } from "../paint/highlighter.ts";
import type { Diagrams } from "../diagram/diagrams.ts";
import { newDiagrams } from "./drawing.ts";
import { formulas } from "./formulas.ts";
import { h } from "./h.ts";
import { markdown } from "./markdown_bundle.ts";
import type { Piece, PieceView } from "./view_context.ts";

const CHARS_A_STEP = 8_000;
const CHARS_A_LINE = 90;
const LINE_PX = 23;

/** A row's text as markdown, in blocks of bounded size; only what is new costs anything. */
export class Prose {
  readonly blocks: Block[] = [];
  readonly className: string;
  readonly highlighter: Highlighter;
  private readonly row: ProseRow;
  private stream: MarkdownStream = new markdown.bundle.MarkdownStream();
  private read = 0; // chars of the text
  private rewrites = 0;
  private ended = false;

  constructor(row: ProseRow, className: string, highlighter: Highlighter) {
    this.row = row;
    this.className = className;
    this.highlighter = highlighter;
  }

  /** The block at whose end more text is awaited. */
  get growing(): Block | undefined {
    return this.row.done ? undefined : this.blocks.at(-1);
  }

  /** Take in what is new of the text, while there is time; returns true if more is left. */
  update(hasTime: () => boolean): boolean {
    const { row } = this;
    if (row.rewrites !== this.rewrites) this.startOver();
    let isOver = false;
    while (row.text.length > this.read && !isOver) {
      const step = row.text.slice(this.read, this.read + CHARS_A_STEP);
      this.stream.push(step);
      this.read += step.length;
      isOver = !hasTime();
    }
    const isMore = row.text.length > this.read;
    if (row.done && !isMore && !this.ended) {
      this.ended = true;
      this.stream.end(row.text);
    }
    this.takeParts();
    return isMore;
  }

  private startOver(): void {
    this.stream = new markdown.bundle.MarkdownStream();
    this.rewrites = this.row.rewrites;
    this.read = 0;
    this.ended = false;
    this.blocks.length = 0;
  }

  private takeParts(): void {
    const { parts } = this.stream;
    if (this.blocks[0] && this.blocks[0].part !== parts[0]) this.blocks.length = 0;
    this.blocks.length = Math.min(this.blocks.length, parts.length);
    for (const part of parts.slice(this.blocks.length)) this.blocks.push(new Block(part, this));
  }
}

/** How many pieces at the beginning are the same. */
export function common(before: readonly Piece[], now: readonly Piece[]): number {
  let count = 0;
  while (count < now.length && before[count] === now[count]) count += 1;
  return count;
}

/** A part of a text, as an item of the list. */
export class Block implements Piece {
  readonly part: Part;
  private readonly prose: Prose;
  diagrams: Diagrams | null = null; // none was asked for
  /** Which details the reader has opened or closed, by their place. */
  readonly folds = new Map<number, boolean>();
  private readonly codes: Code[] = [];

  constructor(part: Part, prose: Prose) {
    this.part = part;
    this.prose = prose;
  }

  get isFirst(): boolean {
    return this.prose.blocks[0] === this;
  }

  get isGrowing(): boolean {
    return this.prose.growing === this;
  }

  get guessPx(): number {
    return 10 + LINE_PX * Math.ceil(this.part.source.length / CHARS_A_LINE);
  }

  /** The code of a block that consists of code, all parts of it. */
  get code(): string {
    const { group } = this.part;
    const same = this.prose.blocks.filter(({ part }) => part.group === group);
    return codeIn(markdown.bundle.join((group ? same : [this]).map(({ part }) => part)));
  }

  mount(): PieceView {
    return new BlockView(this, this.prose.className);
  }

  /** Colour the code that an element of this block shows. */
  paint(element: Element): void {
    element.querySelectorAll("pre[data-language] > code").forEach((shown, nth) => {
      const text = shown.textContent ?? "";
      const language = shown.parentElement?.dataset["language"]?.toLowerCase() ?? "";
      const known = this.codes[nth];
      const isKnown = known?.text === text && known.language === language;
      const code = isKnown ? known : { language, before: this.codeBefore, text };
      this.codes[nth] = code;
      this.prose.highlighter.code(shown, code);
    });
  }

  /** Of code in several blocks, what the one before this shows. */
  private get codeBefore(): string {
    const { group } = this.part;
    const before = group ? this.prose.blocks[this.prose.blocks.indexOf(this) - 1] : undefined;
    return before?.part.group === group ? codeIn(before?.part.nodes() ?? []) : "";
  }
}

class BlockView implements PieceView {
  readonly element: HTMLElement;
  private readonly block: Block;
  private version = "";

  constructor(block: Block, className: string) {
    this.block = block;
    this.element = h("article", { class: className });
    this.element.addEventListener("click", (event) => void this.clicked(event));
    this.element.addEventListener("toggle", ({ target }) => this.folded(target), { capture: true });
  }

  update(): void {
    const { part, isFirst, isGrowing } = this.block;
    const { classList } = this.element;
    classList.toggle("more", !isFirst);
    classList.toggle("continued", part.isContinued);
    classList.toggle("cut-off", part.group !== null);
    classList.toggle("streaming", isGrowing);
    const { diagrams, folds } = this.block;
    const version = `${part.version} ${diagrams?.version}`;
    if (version === this.version) return;
    this.version = version;
    const nodes = readable(part.nodes());
    patch(this.element, 0, diagrams?.addTo(nodes) ?? nodes);
    for (const [nth, isOpen] of folds) this.allDetails[nth]?.toggleAttribute("open", isOpen);
    this.block.paint(this.element);
    formulas.draw(this.element);
  }

  private async clicked({ target }: Event): Promise<void> {
    if (!(target instanceof Element)) return;
    const code = this.block.code || (target.parentElement?.textContent ?? "");
    if (target.classList.contains("copy")) await this.copy(target, code);
    if (target.classList.contains("draw")) await this.draw(target, code);
  }

  private async draw(button: Element, code: string): Promise<void> {
    const nth = [...this.element.querySelectorAll(".draw")].indexOf(button);
    this.block.diagrams ??= await newDiagrams();
    button.classList.toggle("away", this.block.diagrams === null);
    const drawn = this.block.diagrams?.toggle(nth, code);
    this.update();
    await drawn;
    this.update();
  }

  private folded(target: EventTarget | null): void {
    if (!(target instanceof HTMLDetailsElement)) return;
    this.block.folds.set(this.allDetails.indexOf(target), target.open);
  }

  private get allDetails(): HTMLDetailsElement[] {
    return [...this.element.querySelectorAll("details")];
  }

  private async copy(target: Element, code: string): Promise<void> {
    const isCopied = await copyText(code);
    const name = isCopied ? "copied" : "not-copied";
    target.classList.add(name);
    target.setAttribute("aria-label", isCopied ? "Copied" : "Could not be copied: select it by hand");
    target.addEventListener("blur", () => target.classList.remove(name), { once: true });
  }
}

/** The text of the code, if that is all there is. */
function codeIn([node, ...more]: VNode[]): string {
  if (typeof node !== "object" || node.tag !== "pre" || more.length > 0) return "";
  const code = node.children.at(-1);
  return typeof code === "object" ? code.children.join("") : "";
}
