import type { Place } from "../../model/navigation/place.ts";
import type { Row } from "../../model/row.ts";
import type { Node } from "../../window/node.ts";
import type { Follow } from "./follow.ts";
import { h, set } from "../h.ts";
import { tellNeighbours } from "./neighbours.ts";
import { RowLink } from "./row_link.ts";
import { labelOf } from "../row/label_of.ts";
import { shapeOf } from "../row/shape_of.ts";
import { PieceNode, RowNode, ThreadNode } from "./rows.ts";
import type { ShapeFactory } from "./rows.ts";
import type { RowShape, ViewContext } from "../view_context.ts";
import { isSelectedIn, keepingSelection } from "./selection.ts";
import { Walk } from "./walk.ts";
import type { Anchor } from "./walk.ts";

const ELEMENTS_MAX = 90; // with more elements mounted, nothing off screen is added
// Px mounted above and below the viewport, so that scrolling finds rows there.
const BEYOND_PX = 500;
const ROUNDS = 4; // rounds of mounting and measuring in one frame
const SHAPES_MAX = 300; // shapes kept of rows that are off screen
const TOP_PX = 56; // px left above a row that is scrolled to, because a bar may cover them
const SELECTED_MAX = 2_000; // elements that stay mounted for the sake of a selection
const AIMS_MAX = 20; // paints to wait for a row to appear: a sub-agent's rows load late

/** A row to scroll to, after the calls that contain it, outermost first. */
export type Path = readonly { readonly session: string; readonly row: Row }[];

/** A session's rows, and those of its unfolded sub-agents, as a list with a window. */
export class Timeline implements ShapeFactory {
  readonly element = h("div", { class: "timeline" });
  private readonly slice = h("div", { class: "slice", role: "feed", "aria-label": "What happened" });
  private readonly scroller: HTMLElement;
  private readonly context: ViewContext;
  private readonly session: string;
  private root: ThreadNode;
  private readonly threads = new Map<string, ThreadNode>();
  private readonly shaped = new Set<RowNode>(); // the most recently shown comes last
  private readonly dirty = new Set<RowNode>();
  private mounted: PieceNode[] = [];
  private above = 0; // px of the list above the first mounted piece
  private readonly link = new RowLink(this.element, this.slice);
  private readonly follow: Follow;
  private readonly repaint: () => void;
  private aim: { path: Path; y: number; isMarked: boolean; left: number } | null = null;
  private isAtEnd = false; // whether the last paint left the reader at the end
  private isAwaitingLayout = false;
  private sightPx = 0; // height of the scroller in px
  private parked: Anchor | null = null; // what was at the upper edge as the page left the window

  constructor(
    session: string,
    context: ViewContext,
    scroller: HTMLElement,
    follow: Follow,
    repaint: () => void,
  ) {
    this.session = session;
    this.context = context;
    this.scroller = scroller;
    this.follow = follow;
    this.repaint = repaint;
    this.root = new ThreadNode(context.model.thread(session), 0);
    this.threads.set(session, this.root);
    this.element.dataset["session"] = session;
    this.element.append(this.slice);
    scroller.addEventListener("scroll", repaint, { passive: true });
    const observer = new ResizeObserver(() => this.laidOut());
    observer.observe(this.slice);
    observer.observe(scroller);
  }

  /** How many rows the session itself has. */
  get rowCount(): number {
    return this.root.nodes.length;
  }

  /** Threads whose oldest loaded row is on screen and that have older history. */
  get threadsToExtend(): Set<string> {
    const firsts = this.mounted.filter(({ row }) => row.thread.begins(row));
    return new Set(firsts.map(({ row }) => row.thread.session));
  }

  /** Remove everything: the log will be folded again from its start. */
  clear(): void {
    this.mount([]);
    this.shaped.clear();
    this.threads.clear();
    this.aim = null;
    this.isAtEnd = this.isAwaitingLayout = false;
    this.root = new ThreadNode(this.context.model.thread(this.session), 0);
    this.threads.set(this.session, this.root);
  }

  /** Remove the elements, as the page leaves the window; painted again, the same place is in sight. */
  park(): void {
    this.parked = this.isAtEnd ? null : (this.anchors()[0] ?? null);
    this.isAtEnd = this.isAwaitingLayout = false;
    this.mount([]);
  }

  /** Scroll a row to the upper edge with the next paint, and mark it. */
  reveal(path: Path): void {
    this.aim = { path, y: TOP_PX, isMarked: true, left: AIMS_MAX };
    this.repaint();
  }

  /** Scroll a row to the offset that `reading` returned earlier, without marking it. */
  restore(path: Path, y: number): void {
    this.aim = { path, y, isMarked: false, left: AIMS_MAX };
    this.repaint();
  }

  /** A row is on its way to where it is to be seen. */
  get isAiming(): boolean {
    return this.aim !== null;
  }

  /** The first visible row, and the px from the scroller's upper edge to the row's. */
  get reading(): { row: Row; y: number } | null {
    const [first] = this.anchors();
    const row = placeOf(first)?.row;
    if (!first || !row || !(first.node instanceof PieceNode)) return null;
    if (first.node.row.thread !== this.root) return null;
    return { row, y: first.node.row.topIn(this.root) - this.scrolled };
  }

  /** The row at the upper edge. */
  get top(): Row | null {
    return placeOf(this.anchors()[0])?.row ?? null;
  }

  /** The row being read: a jump leaves its target a little below the upper edge. */
  get read(): Place | null {
    const anchors = this.anchors();
    return placeOf(anchors.findLast(({ y }) => y <= TOP_PX + 1) ?? anchors[0]);
  }

  /** Copy a link to the row at the upper edge. */
  copyLink(): void {
    const [top] = this.anchors();
    const element = top?.node instanceof PieceNode && top.node.view?.element;
    if (element) this.link.copy(element);
  }

  shape(row: Row, session: string): RowShape {
    if (row.kind === "tool" && row.child) this.context.watch(row.child.id);
    return shapeOf(row, session, this.context);
  }

  thread(session: string, asker: RowNode): ThreadNode | null {
    const known = this.threads.get(session);
    if (known) {
      const isElsewhere = known.parent ? known.parent !== asker : known === this.root;
      return isElsewhere ? null : known;
    }
    const made = new ThreadNode(this.context.model.thread(session), asker.thread.depth + 1);
    this.threads.set(session, made);
    return made;
  }

  /**
   * Paint while there is time; returns true if more is left. Visible rows keep their place
   * whatever grows above them, unless `to` asks for the list's end or start.
   */
  paint(hasTime: () => boolean, to: "end" | "start" | null): boolean {
    const atEnd = to === "end";
    if (!this.isAwaitingLayout) this.sightPx = this.scroller.clientHeight;
    if (to === "start") this.scroller.scrollTop = 0;
    const anchors = to ? [] : this.parked ? [this.parked] : this.anchors();
    this.parked = null;
    let isMore = this.sync(hasTime);
    const { y = TOP_PX, isMarked = true } = this.aim ?? {};
    const aimed = this.aimed();
    const wasAtEnd = this.isAtEnd;
    this.isAtEnd = atEnd && !aimed;
    const anchor = aimed ? this.atTop(aimed, y) : anchors.find(({ node }) => node.isIn(this.root));
    for (let round = 0; round < ROUNDS; round += 1) {
      const [wanted, isPartial] = this.cover(anchor ?? this.edge(atEnd), hasTime);
      isMore ||= isPartial;
      let isSame = true;
      keepingSelection(this.slice, () => {
        isSame = this.mount(wanted);
      });
      if (isSame && round === 0 && wasAtEnd && this.mayAwaitLayout) {
        this.isAwaitingLayout = true;
        return isMore || this.aim !== null;
      }
      if (!this.measure()) break;
    }
    this.place(anchor);
    if (aimed && isMarked) this.mark(aimed);
    this.link.place();
    this.evict();
    return isMore || this.aim !== null;
  }

  /** True if the end is visible and stays so when rows are added. */
  get isFollowed(): boolean {
    return this.isAtEnd;
  }

  /** True if the end is followed and the last text may not have been laid out yet. */
  get isBehind(): boolean {
    return this.isAtEnd && this.isAwaitingLayout;
  }

  /**
   * Where the end is followed, and all that is above stays where it is, what has grown
   * need not be laid out now, for each token: the browser does that once for the frame,
   * and tells. Of a hidden tab it does not.
   */
  private get mayAwaitLayout(): boolean {
    const [first] = this.mounted;
    const above = first ? first.topIn(this.root) : 0;
    return this.isAtEnd && above === this.above && !document.hidden;
  }

  /** Called when the browser has laid out new text and is about to show it. */
  private laidOut(): void {
    if (this.isBehind && this.follow.isFollowing(true) && !this.element.hidden) {
      this.measure();
      this.place();
      this.link.place();
    }
    this.repaint();
  }

  /** The target row; if it is not loaded, the innermost loaded row that contains it. */
  private aimed(): RowNode | null {
    if (!this.aim) return null;
    const { path, left } = this.aim;
    const nodes = path.map(({ session, row }) => this.threads.get(session)?.nodeOf(row));
    const gone = nodes.findIndex((node) => !node?.isIn(this.root));
    this.aim = gone < 0 || left === 0 ? null : { ...this.aim, left: left - 1 };
    return nodes.at(gone < 0 ? -1 : gone - 1) ?? null;
  }

  private atTop(row: RowNode, y: number): Anchor | undefined {
    let node: Node | null = row;
    while (node instanceof RowNode) {
      if (node.isLeaf) node.plan(this, () => false);
      this.shaped.add(node);
      node = node.first() ?? node.next();
    }
    return node ? { node, y } : undefined;
  }

  private mark(row: RowNode): void {
    for (const node of this.mounted) node.view?.element.classList.toggle("target", node.row === row);
  }

  private sync(hasTime: () => boolean): boolean {
    // A thread unfolded during the loop is added to the map, so it is visited too.
    for (const thread of this.threads.values()) {
      if (!thread.isIn(this.root)) continue;
      if (thread.sync(this, hasTime, (row) => this.dirty.add(row))) return true;
    }
    return false;
  }

  /** Visible pieces that were measured, top down; the first one keeps its place. */
  private anchors(): Anchor[] {
    const top = this.scrolled;
    const height = this.sightPx;
    const all = this.mounted.map((node) => ({ node, y: node.topIn(this.root) - top }));
    return all.filter(({ node, y }) => y + node.height > 0 && y < height);
  }

  /** Where to begin without an anchor. */
  private edge(atEnd: boolean): Anchor | null {
    const top = atEnd ? this.root.height - this.sightPx : this.scrolled;
    const node = atEnd ? this.root.last() : this.root.leafAt(top);
    return node && { node, y: node.topIn(this.root) - top };
  }

  /** Px of the list above the upper edge of the viewport. */
  private get scrolled(): number {
    return this.scroller.scrollTop - this.element.offsetTop;
  }

  /** The pieces that are visible with the anchor in its place, and some around them. */
  private cover(anchor: Anchor | null, hasTime: () => boolean): [PieceNode[], boolean] {
    if (!anchor) return [[], false];
    const walk = new Walk(anchor, this, (row) => this.shaped.add(row));
    const bottom = this.sightPx;
    walk.reach(0, bottom);
    const limit = { from: -BEYOND_PX, to: bottom + BEYOND_PX };
    while (walk.elements < ELEMENTS_MAX && hasTime() && walk.step(limit.from, limit.to));
    for (const node of this.selected()) walk.include(node, this.root, SELECTED_MAX);
    return [walk.pieces, walk.isPartial];
  }

  /** The pieces in which a selection begins or ends: unmounting one would lose it. */
  private selected(): PieceNode[] {
    const { slice, mounted } = this;
    if (!isSelectedIn(slice)) return [];
    return mounted.filter(({ view, row }) => view && row.isIn(this.root) && isSelectedIn(view.element));
  }

  /** Mount these pieces and unmount all others; returns true if nothing changed. */
  private mount(wanted: PieceNode[]): boolean {
    const { mounted } = this;
    const isSame = wanted.length === mounted.length && wanted.every((node, i) => node === mounted[i]);
    const stay = new Set(wanted);
    for (const node of this.mounted) if (!stay.has(node)) drop(node);
    let at = this.slice.firstChild;
    for (const node of wanted) {
      const { view } = node;
      if (!view) this.slice.insertBefore(this.make(node), at);
      else if (view.element === at) at = at.nextSibling;
      else this.slice.insertBefore(view.element, at);
      if (view && this.dirty.has(node.row)) view.update();
    }
    this.dirty.clear();
    this.mounted = wanted;
    tellNeighbours(wanted.flatMap(({ view }) => view?.element ?? []));
    return isSame;
  }

  private make(node: PieceNode): HTMLElement {
    const view = node.piece.mount();
    const { element } = view;
    const { row, thread } = node.row;
    node.view = view;
    element.classList.add("item");
    element.setAttribute("role", "article");
    element.setAttribute("aria-label", labelOf(row));
    element.dataset["session"] = thread.session;
    element.dataset["row"] = row.key;
    if ("block" in row && row.block) element.dataset["block"] = row.block;
    element.classList.toggle("nested", thread.depth > 0);
    element.style.setProperty("--depth", `${thread.depth}`);
    view.update();
    this.shaped.delete(node.row);
    this.shaped.add(node.row);
    return element;
  }

  /** Measure the mounted pieces; returns true if a height has changed. */
  private measure(): boolean {
    let isOther = false;
    let top = this.slice.getBoundingClientRect().top + this.above;
    for (const node of this.mounted) {
      const element = node.view?.element;
      if (!element) continue;
      // Measure from the end of the piece above, to include the margin between them.
      const { bottom } = element.getBoundingClientRect();
      if (Math.abs(bottom - top - node.height) > 0.01) {
        node.resize(bottom - top);
        isOther = true;
      }
      node.elements = 1 + element.getElementsByTagName("*").length;
      top = bottom;
    }
    return isOther;
  }

  private place(anchor?: Anchor): void {
    const { element, slice, scroller, root } = this;
    const first = this.mounted[0];
    this.isAwaitingLayout = false;
    set(element.style, "height", `${root.height}px`);
    // Above, so much of the slice is empty: were it moved instead, a browser would take
    // all that stands in it for shifted, though nothing in sight has moved.
    this.above = first ? first.topIn(root) : 0;
    set(slice.style, "paddingTop", `${this.above}px`);
    this.isAtEnd &&= !this.follow.hasLeft;
    if (this.isAtEnd) {
      this.follow.toEnd();
    } else if (anchor) {
      const wanted = anchor.node.topIn(root) - anchor.y + element.offsetTop;
      // Not for less than a pixel, because writing a position ends smooth scrolling.
      if (Math.abs(wanted - scroller.scrollTop) >= 1) scroller.scrollTop = wanted;
    }
  }

  /** Drop the shapes of the rows that have been off screen longest. */
  private evict(): void {
    if (this.shaped.size <= SHAPES_MAX) return;
    const seen = new Set(this.mounted.map((node) => node.row));
    for (const row of this.shaped) {
      if (this.shaped.size <= SHAPES_MAX) return;
      if (seen.has(row) || row.hasInner) continue;
      this.shaped.delete(row);
      row.unshape();
    }
  }
}

function placeOf(anchor: Anchor | undefined): Place | null {
  const node = anchor?.node;
  return node instanceof PieceNode ? { session: node.row.thread.session, row: node.row.row } : null;
}

function drop(node: PieceNode): void {
  node.view?.drop?.();
  node.view?.element.remove();
  node.view = null;
}
