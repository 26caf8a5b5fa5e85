import { Fenwick } from "./fenwick.ts";

/**
 * A node of the list: an item with a height, or, once it has children, what they are
 * together. The items of the list are the leaves, in order, at any depth.
 */
export class Node {
  parent: Node | null = null;
  private index = 0; // index in the parent
  private own: number; // height of a leaf in px
  private children: Node[] | null = null;
  private heights: Fenwick | null = null;

  constructor(height: number) {
    this.own = height;
  }

  /** In px. */
  get height(): number {
    return this.heights ? this.heights.total : this.own;
  }

  get isLeaf(): boolean {
    return this.children === null;
  }

  get nodes(): readonly Node[] {
    return this.children ?? [];
  }

  /** Set a leaf's height. */
  resize(height: number): void {
    this.own = height;
    this.tellParent();
  }

  /** Replace all children after the first `kept` ones. */
  replace(kept: number, nodes: readonly Node[]): void {
    this.children ??= [];
    this.heights ??= new Fenwick();
    for (const gone of this.children.splice(kept)) gone.parent = null;
    this.heights.truncate(kept);
    for (const node of nodes) this.attach(node);
    this.tellParent();
  }

  append(node: Node): void {
    this.replace(this.nodes.length, [node]);
  }

  prepend(nodes: readonly Node[]): void {
    this.replace(0, [...nodes, ...this.nodes]);
  }

  /** Become a leaf again, with the total height of the children. */
  close(): void {
    this.own = this.height;
    for (const gone of this.nodes) gone.parent = null;
    this.children = null;
    this.heights = null;
  }

  /** The px above this node within the tree of `root`. */
  topIn(root: Node): number {
    let top = 0;
    for (let at: Node = this; at !== root && at.parent; at = at.parent) {
      top += at.parent.heights?.before(at.index) ?? 0;
    }
    return top;
  }

  isIn(root: Node): boolean {
    let at: Node | null = this;
    while (at && at !== root) at = at.parent;
    return at === root;
  }

  /** The leaf at `y` px below the top, the last one if that is beyond all. */
  leafAt(y: number): Node | null {
    if (!this.children || !this.heights) return this;
    const index = this.heights.find(y);
    const found = this.children[index]?.leafAt(y - this.heights.before(index));
    return found ?? this.last();
  }

  first(): Node | null {
    return this.children ? firstOf(this.children, 0) : this;
  }

  last(): Node | null {
    return this.children ? lastOf(this.children, this.children.length - 1) : this;
  }

  next(): Node | null {
    if (!this.parent) return null;
    return firstOf(this.parent.nodes, this.index + 1) ?? this.parent.next();
  }

  previous(): Node | null {
    if (!this.parent) return null;
    return lastOf(this.parent.nodes, this.index - 1) ?? this.parent.previous();
  }

  private attach(node: Node): void {
    node.parent = this;
    node.index = this.heights?.length ?? 0;
    this.children?.push(node);
    this.heights?.push(node.height);
  }

  private tellParent(): void {
    for (let at: Node = this; at.parent; at = at.parent) {
      at.parent.heights?.set(at.index, at.height);
    }
  }
}

/** The first leaf in the nodes from an index on: a branch may be empty. */
function firstOf(nodes: readonly Node[], from: number): Node | null {
  for (let i = from; i < nodes.length; i += 1) {
    const found = nodes[i]?.first();
    if (found) return found;
  }
  return null;
}

function lastOf(nodes: readonly Node[], from: number): Node | null {
  for (let i = from; i >= 0; i -= 1) {
    const found = nodes[i]?.last();
    if (found) return found;
  }
  return null;
}
