import type { Node } from "../../window/node.ts";
import { PieceNode, RowNode } from "./rows.ts";
import type { ShapeFactory } from "./rows.ts";

/** An item that keeps its place on screen, `y` px below the upper edge. */
export interface Anchor {
  readonly node: Node;
  readonly y: number;
}

/** Walks from an anchor up and down the list and shapes the rows on the way. */
export class Walk {
  readonly pieces: PieceNode[] = [];
  elements = 0;
  isPartial = false;
  private readonly factory: ShapeFactory;
  private readonly shaped: (row: RowNode) => void;
  private top: number;
  private bottom: number;
  private above: Node | null;
  private below: Node | null;

  constructor({ node, y }: Anchor, factory: ShapeFactory, shaped: (row: RowNode) => void) {
    this.factory = factory;
    this.shaped = shaped;
    this.top = y;
    this.bottom = y;
    this.above = node.previous();
    this.below = node;
  }

  /** Walk until everything between the two offsets is included. */
  reach(from: number, to: number): void {
    while (this.top > from && this.up());
    while (this.bottom < to && this.down());
  }

  /** Walk one piece up and one down; returns false when nothing is left to do. */
  step(from: number, to: number): boolean {
    const up = this.top > from && this.up();
    const down = this.bottom < to && this.down();
    return up || down;
  }

  /** Go on until a piece of the list is there, unless that takes too many elements. */
  include(piece: PieceNode, list: Node, elementsMax: number): void {
    const first = this.pieces[0];
    if (!first || this.pieces.includes(piece)) return;
    const isAbove = piece.topIn(list) < first.topIn(list);
    while (this.elements < elementsMax && !this.pieces.includes(piece)) {
      if (!(isAbove ? this.up() : this.down())) return;
    }
  }

  private up(): boolean {
    const node = this.above;
    if (node instanceof RowNode && node.isLeaf) {
      this.plan(node);
      this.above = node.last() ?? node.previous();
    } else if (node instanceof PieceNode) {
      this.pieces.unshift(node);
      this.top -= node.height;
      this.elements += node.elements;
      this.above = node.previous();
    }
    return node !== null;
  }

  private down(): boolean {
    const node = this.below;
    if (node instanceof RowNode && node.isLeaf) {
      this.plan(node);
      this.below = node.first() ?? node.next();
    } else if (node instanceof PieceNode) {
      this.pieces.push(node);
      this.bottom += node.height;
      this.elements += node.elements;
      this.below = node.next();
    }
    return node !== null;
  }

  private plan(row: RowNode): void {
    // A partly painted screen is better than an empty one, so the time is not checked.
    const { thread } = row.thread;
    if (row.plan(this.factory, () => false)) {
      this.isPartial = true;
      thread.touched.add(row.row);
    }
    this.shaped(row);
  }
}
