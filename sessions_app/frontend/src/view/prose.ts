import { patch } from "../markdown/patch.ts";
import { MarkdownStream, parseWhole } from "../markdown/stream.ts";
import type { VNode } from "../markdown/vnode.ts";
import type { ProseRow } from "../model/row.ts";
import { h } from "./h.ts";
import type { Piece, PieceView } from "./scene.ts";

const CHARS_A_STEP = 8_000;
const CHARS_A_LINE = 90;
const LINE_PX = 23;

/** A row's text as markdown, block by block; only what is new costs anything. */
export class Prose {
  readonly blocks: Block[] = [];
  private readonly row: ProseRow;
  readonly className: string;
  private stream = new MarkdownStream();
  private read = 0; // chars of the text
  private settled = 0;
  private rewrites = 0;
  private ended = false;

  constructor(row: ProseRow, className: string) {
    this.row = row;
    this.className = className;
  }

  /** The block at whose end more text is awaited. */
  get growing(): Block | undefined {
    return this.row.done ? undefined : this.blocks.at(-1);
  }

  /** Take in what is new of the text, while there is time; returns true if more is left. */
  update(hasTime: () => boolean): boolean {
    const { row } = this;
    if (row.rewrites !== this.rewrites) this.startOver();
    while (row.text.length > this.read) {
      const step = row.text.slice(this.read, this.read + CHARS_A_STEP);
      const { settled, tail } = this.stream.push(step);
      this.read += step.length;
      this.put([...settled, ...tail]);
      this.settled += settled.length;
      if (this.read < row.text.length && !hasTime()) return true;
    }
    if (row.done && !this.ended) this.end();
    return false;
  }

  private startOver(): void {
    this.stream = new MarkdownStream();
    this.rewrites = this.row.rewrites;
    this.read = 0;
    this.settled = 0;
    this.ended = false;
  }

  private end(): void {
    this.ended = true;
    const rest = this.stream.end();
    if (rest !== "start over") return this.put(rest);
    this.settled = 0;
    this.put(parseWhole(this.row.text));
  }

  /** These follow what is settled; blocks that are there already become them. */
  private put(nodes: VNode[]): void {
    nodes.forEach((node, i) => {
      const known = this.blocks[this.settled + i];
      if (known) known.node = node;
      else this.blocks.push(new Block(node, this));
    });
    this.blocks.length = this.settled + nodes.length;
  }
}

/** One block of a text. */
export class Block implements Piece {
  node: VNode;
  private readonly prose: Prose;

  constructor(node: VNode, prose: Prose) {
    this.node = node;
    this.prose = prose;
  }

  get guessPx(): number {
    return 10 + LINE_PX * Math.ceil(lengthOf(this.node) / CHARS_A_LINE);
  }

  mount(): PieceView {
    return new BlockView(this, this.prose);
  }
}

class BlockView implements PieceView {
  readonly element: HTMLElement;
  private readonly block: Block;
  private readonly prose: Prose;
  private shown: VNode | null = null;

  constructor(block: Block, prose: Prose) {
    this.block = block;
    this.prose = prose;
    this.element = h("section", { class: prose.className });
  }

  update(): void {
    const { classList } = this.element;
    classList.toggle("more", this.prose.blocks[0] !== this.block);
    classList.toggle("streaming", this.prose.growing === this.block);
    if (this.shown === this.block.node) return;
    this.shown = this.block.node;
    patch(this.element, 0, [this.shown]);
  }
}

function lengthOf(node: VNode): number {
  if (typeof node === "string") return node.length;
  return node.children.reduce((sum, child) => sum + lengthOf(child), 0);
}
