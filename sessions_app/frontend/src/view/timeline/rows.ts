import type { Row } from "../../model/row.ts";
import type { Thread } from "../../model/thread.ts";
import { Node } from "../../window/node.ts";
import { DayPiece, isOtherDay } from "../time_view.ts";
import { SeenPiece, isFirstUnseen } from "./seen_line.ts";
import type { Piece, PieceView, Plan, RowShape } from "../view_context.ts";

/** Makes shapes of rows, and finds the nodes of sub-agents' threads. */
export interface ShapeFactory {
  shape(row: Row, session: string): RowShape;
  /** The thread's node; null if the list contains it already, at another place. */
  thread(session: string, asker: RowNode): ThreadNode | null;
}

/** A piece as an item of the list: a leaf. */
export class PieceNode extends Node {
  readonly piece: Piece;
  readonly row: RowNode;
  view: PieceView | null = null; // while it is on the page
  elements: number; // elements in its view when last counted

  constructor(piece: Piece, row: RowNode) {
    super(piece.guessPx);
    this.piece = piece;
    this.row = row;
    this.elements = 8; // estimated px
  }
}

/** A row: a leaf while it is far off screen, otherwise the parent of its pieces. */
export class RowNode extends Node {
  readonly row: Row;
  readonly thread: ThreadNode;
  private shape: RowShape | null = null;
  private lines: readonly Piece[] = []; // above the row: another day, or what is new
  private inner: ThreadNode | null = null;

  constructor(row: Row, thread: ThreadNode) {
    super(guessPx(row));
    this.row = row;
    this.thread = thread;
  }

  get isShaped(): boolean {
    return this.shape !== null;
  }

  get hasInner(): boolean {
    return this.inner !== null;
  }

  get pieces(): readonly PieceNode[] {
    return this.nodes.filter((node) => node instanceof PieceNode);
  }

  /** Plan the pieces that have changed; returns true if more is left to do. */
  plan(factory: ShapeFactory, hasTime: () => boolean): boolean {
    this.shape ??= factory.shape(this.row, this.thread.session);
    const plan = this.shape.plan(hasTime);
    this.adopt(this.withLines(plan), plan.inner === null ? null : factory.thread(plan.inner, this));
    return plan.isMore ?? false;
  }

  /** Note the row above: a line stands between two days, and above the first unseen row. */
  follow(before: Row | undefined): void {
    const { row, thread } = this;
    const isInner = thread.depth > 0 || before === undefined;
    const lines: Piece[] = [];
    if (!isInner && isOtherDay(before.ts, row.ts)) lines.push(new DayPiece(row.ts));
    if (!isInner && isFirstUnseen(before, row, thread.thread.seen)) lines.push(new SeenPiece());
    if (lines.length === this.lines.length) return;
    this.lines = lines;
    if (this.shape === null) return;
    this.unshape();
    thread.thread.touched.add(row);
  }

  private withLines(plan: Plan): Plan {
    const { lines } = this;
    if (lines.length === 0) return plan;
    if (this.nodes[0] instanceof PieceNode && this.nodes[0].piece === lines[0]) {
      return { ...plan, kept: plan.kept + lines.length };
    }
    return { ...plan, pieces: [...lines, ...plan.pieces] };
  }

  /** Drop the row's pieces: the row is far off screen again. */
  unshape(): void {
    this.shape = null;
    this.close();
  }

  private adopt({ kept, pieces }: Plan, inner: ThreadNode | null): void {
    const count = this.nodes.length - (this.inner ? 1 : 0);
    if (kept === count && pieces.length === 0 && inner === this.inner && !this.isLeaf) return;
    const known = new Map<Piece, PieceNode>();
    for (const node of this.nodes.slice(kept)) {
      if (node instanceof PieceNode) known.set(node.piece, node);
    }
    const nodes: Node[] = pieces.map((piece) => known.get(piece) ?? new PieceNode(piece, this));
    this.replace(kept, inner ? [...nodes, inner] : nodes);
    this.inner = inner;
  }
}

/** A thread: the parent of its rows. */
export class ThreadNode extends Node {
  readonly thread: Thread;
  readonly depth: number;
  private rows = new Map<Row, RowNode>();

  constructor(thread: Thread, depth: number) {
    super(0);
    this.thread = thread;
    this.depth = depth;
    this.replace(0, []);
    thread.reshaped = true;
  }

  get session(): string {
    return this.thread.id;
  }

  /** True for the oldest loaded row while older history is not loaded. */
  begins(row: RowNode): boolean {
    return this.thread.start > 0 && this.nodes[0] === row;
  }

  nodeOf(row: Row): RowNode | undefined {
    return this.rows.get(row);
  }

  /**
   * Apply the thread's changes while there is time; returns true if more is left.
   * `repaint` is called with each row whose pieces must be updated.
   */
  sync(factory: ShapeFactory, hasTime: () => boolean, repaint: (row: RowNode) => void): boolean {
    const { thread } = this;
    if (thread.reshaped) this.reshape();
    else this.grow();
    for (const row of thread.touched) {
      const node = this.rows.get(row);
      if (node?.isShaped) {
        if (!hasTime()) return true;
        if (node.plan(factory, hasTime)) return true;
        repaint(node);
      }
      thread.touched.delete(row);
    }
    return false;
  }

  private grow(): void {
    for (let i = this.nodes.length; i < this.thread.rows.length; i += 1) {
      const row = this.thread.rows[i];
      if (row) this.append(this.node(row, this.thread.rows[i - 1]));
    }
  }

  private reshape(): void {
    const { thread } = this;
    thread.reshaped = false;
    const known = this.rows;
    this.rows = new Map();
    this.replace(0, thread.rows.map((row, i) => this.node(row, thread.rows[i - 1], known.get(row))));
  }

  private node(row: Row, before: Row | undefined, known?: RowNode): RowNode {
    const node = known ?? new RowNode(row, this);
    node.follow(before);
    this.rows.set(row, node);
    return node;
  }
}

const CHARS_A_LINE = 90;
const LINE_PX = 23;

/** An estimate of a row's height from its kind and length of text. */
function guessPx(row: Row): number {
  switch (row.kind) {
    case "text":
    case "message":
      return 32 + LINE_PX * Math.ceil(row.text.length / CHARS_A_LINE);
    default:
      return 40;
  }
}
