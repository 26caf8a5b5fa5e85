import { h } from "./h.ts";

const LINE_PX = 26; // px, until a line was measured
const BEYOND = 6; // lines mounted above and below what is in sight
const PAGE = 0.9; // of the visible height

/** A line of a ledger. */
export interface LedgerLine {
  /** Identifies the line across updates. */
  readonly key: string;
  readonly level: number;
  /** Null if the line has no children. */
  readonly isOpen: boolean | null;
}

/** Lines by their index; there may be hundreds of thousands, made when they are looked at. */
export interface Lines<L extends LedgerLine> {
  readonly length: number;
  at(index: number): L | undefined;
  /** The index of a key, -1 if there is none. */
  find(key: string): number;
}

/** What a ledger is a list of. */
export interface Book<L extends LedgerLine> {
  readonly label: string;
  draw(line: L, element: HTMLElement): void;
  choose(line: L): void;
  /** Open or close a line; absent if no line has children. */
  unfold?(line: L, isOpen: boolean): void;
}

/** A tree of lines of equal height; only those in sight are mounted. */
export class Ledger<L extends LedgerLine> {
  readonly element: HTMLElement;
  private readonly body = h("div", { class: "ledger-body", role: "presentation" });
  private readonly slice = h("div", { class: "ledger-slice", role: "presentation" });
  private readonly book: Book<L>;
  private readonly mounted = new Map<number, HTMLElement>(); // by index
  private lines: Lines<L> = listed<L>([]);
  private here = -1;
  private active = -1;
  private linePx = LINE_PX;

  constructor(book: Book<L>) {
    this.book = book;
    const { label } = book;
    this.element = h("div", { class: "ledger", role: "tree", tabindex: "0", "aria-label": label });
    this.body.append(this.slice);
    this.element.append(this.body);
    this.element.addEventListener("scroll", () => this.paint(), { passive: true });
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.element.addEventListener("click", (event) => this.clicked(event));
    new ResizeObserver(() => {
      this.paint();
      this.measure();
    }).observe(this.element);
  }

  /** `here` is the index of the reader's line; -1 if there is none. */
  show(lines: Lines<L>, here: number): void {
    const key = this.lines.at(this.active)?.key;
    const kept = key === undefined ? -1 : lines.find(key);
    this.keepPlace(lines);
    this.lines = lines;
    this.here = here;
    this.active = kept >= 0 ? kept : Math.max(0, here);
    this.unmount(() => true);
    this.paint();
    this.measure();
  }

  /** The reader has gone on to another line. */
  move(here: number): void {
    if (here === this.here) return;
    this.here = here;
    this.paint();
  }

  /** Scroll to the reader's line and focus it. */
  begin(): void {
    this.active = Math.max(0, this.here);
    this.bringToSight();
    this.paint();
    this.element.focus();
  }

  /** Keep the topmost visible line in its place, whatever is added above it. */
  private keepPlace(lines: Lines<L>): void {
    const top = Math.ceil(this.element.scrollTop / this.linePx);
    const key = this.lines.at(top)?.key;
    if (top === 0 || key === undefined || lines.at(top)?.key === key) return;
    const moved = lines.find(key) - top;
    if (moved + top < 0) return;
    this.body.style.height = `${lines.length * this.linePx}px`;
    this.element.scrollTop += moved * this.linePx;
  }

  /** Mount the lines near what is in sight; those that are mounted stay as they are. */
  private paint(): void {
    const { element, slice, lines, linePx } = this;
    const from = Math.max(0, Math.floor(element.scrollTop / linePx) - BEYOND);
    const seen = Math.ceil(element.clientHeight / linePx) + 2 * BEYOND;
    const to = Math.min(lines.length, from + seen);
    this.body.style.height = `${lines.length * linePx}px`;
    slice.style.top = `${from * linePx}px`;
    this.unmount((at) => at < from || at >= to);
    let next = slice.firstElementChild;
    for (let at = from; at < to; at += 1) {
      const mounted = this.mounted.get(at) ?? this.mount(at, next);
      this.point(mounted, at);
      if (mounted === next) next = mounted?.nextElementSibling ?? null;
    }
    const isMounted = this.active >= from && this.active < to;
    element.toggleAttribute("aria-activedescendant", isMounted);
    if (isMounted) element.setAttribute("aria-activedescendant", this.idOf(this.active));
  }

  private unmount(isGone: (at: number) => boolean): void {
    for (const [at, element] of this.mounted) {
      if (!isGone(at)) continue;
      element.remove();
      this.mounted.delete(at);
    }
  }

  private mount(at: number, next: Element | null): HTMLElement | null {
    const line = this.lines.at(at);
    if (!line) return null;
    const element = this.made(line, at);
    this.mounted.set(at, element);
    this.slice.insertBefore(element, next);
    return element;
  }

  /** Show whether a line is the reader's, and whether it is gone to. */
  private point(element: HTMLElement | null, at: number): void {
    if (at === this.here) element?.setAttribute("aria-current", "true");
    else element?.removeAttribute("aria-current");
    element?.classList.toggle("active", at === this.active);
  }

  /** Learn how high a line is; not while scrolling, since it makes the browser lay out. */
  private measure(): void {
    const height = this.slice.firstElementChild?.getBoundingClientRect().height ?? 0;
    if (height === 0 || Math.abs(height - this.linePx) < 0.01) return;
    this.linePx = height;
    this.paint();
  }

  private made(line: L, at: number): HTMLElement {
    const element = h("div", {
      class: "ledger-line",
      role: "treeitem",
      id: this.idOf(at),
      "aria-level": `${line.level}`,
      "data-at": `${at}`,
    });
    if (line.isOpen !== null) element.setAttribute("aria-expanded", `${line.isOpen}`);
    element.style.setProperty("--level", `${line.level}`);
    this.book.draw(line, element);
    return element;
  }

  private idOf(at: number): string {
    return `${this.book.label.toLowerCase().replaceAll(" ", "-")}-${at}`;
  }

  private clicked({ target }: Event): void {
    const element = target instanceof Element ? target.closest<HTMLElement>(".ledger-line") : null;
    const at = Number(element?.dataset["at"] ?? -1);
    const line = at < 0 ? undefined : this.lines.at(at);
    if (!line) return;
    this.active = at;
    this.paint();
    this.act(line);
  }

  private act(line: L): void {
    if (line.isOpen !== null) this.book.unfold?.(line, !line.isOpen);
    else this.book.choose(line);
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const line = this.lines.at(this.active);
    const to = this.destination(event.key);
    if (to !== null) this.go(to);
    else if (line && (event.key === "Enter" || event.key === " ")) this.act(line);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private destination(key: string): number | null {
    const page = Math.max(1, Math.floor((this.element.clientHeight / this.linePx) * PAGE));
    switch (key) {
      case "ArrowUp":
        return this.active - 1;
      case "ArrowDown":
        return this.active + 1;
      case "PageUp":
        return this.active - page;
      case "PageDown":
        return this.active + page;
      case "Home":
        return 0;
      case "End":
        return this.lines.length - 1;
      case "ArrowLeft":
        return this.fold();
      case "ArrowRight":
        return this.open();
      default:
        return null;
    }
  }

  /** Close the line, or move to its parent. */
  private fold(): number {
    const line = this.lines.at(this.active);
    if (!line) return this.active;
    if (line.isOpen) {
      this.book.unfold?.(line, false);
      return this.active;
    }
    for (let above = this.active - 1; above >= 0; above -= 1) {
      if ((this.lines.at(above)?.level ?? line.level) < line.level) return above;
    }
    return this.active;
  }

  /** Open the line, or move to its first child. */
  private open(): number {
    const line = this.lines.at(this.active);
    if (line?.isOpen === false) this.book.unfold?.(line, true);
    return line?.isOpen ? this.active + 1 : this.active;
  }

  /** Move to a line and bring it to sight, the first of those that are seen if `isTop`. */
  reach(to: number, isTop = false): void {
    if (isTop) this.element.scrollTop = to * this.linePx;
    this.go(to);
  }

  /** The index of the line that is gone to. */
  get at(): number {
    return this.active;
  }

  private go(to: number): void {
    this.active = Math.min(this.lines.length - 1, Math.max(0, to));
    this.bringToSight();
    this.paint();
  }

  private bringToSight(): void {
    const { element, linePx } = this;
    const top = this.active * linePx;
    const lowest = top - element.clientHeight + linePx;
    if (element.scrollTop > top) element.scrollTop = top;
    else if (element.scrollTop < lowest) element.scrollTop = lowest;
  }
}

/** An array as the lines of a ledger. */
export function listed<L extends LedgerLine>(lines: readonly L[]): Lines<L> {
  return {
    length: lines.length,
    at: (index) => lines[index],
    find: (key) => lines.findIndex((line) => line.key === key),
  };
}
