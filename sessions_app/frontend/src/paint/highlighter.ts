import type { WorkerClient } from "../worker/client.ts";
import { MARK_NAMES } from "../text/mark.ts";
import type { Mark, MarkName } from "../text/mark.ts";
import { rangesOf } from "./ranges.ts";

const GROWING_MS = 120; // ms between two requests for code that is still being written
const SWEEP_MS = 2_000;

/** A piece of code; results are cached by the object's identity. */
export interface Code {
  readonly language: string;
  /** Up to some 50 lines before the text: a comment may have begun there. */
  readonly before: string;
  readonly text: string;
  /** Marks to add to those of the highlighter. */
  readonly marks?: readonly Mark[];
}

interface Painted {
  ranges: { name: MarkName; range: AbstractRange }[];
  wanted: Code | null;
  isAsking: boolean;
}

/**
 * Colours texts where they stand, with the browser's custom highlights: no element is
 * added, moved or replaced, so nothing flickers and a selection stays. A browser
 * without them shows plain text.
 */
export class Highlighter {
  readonly worker: WorkerClient;
  private readonly highlights = new Map<MarkName, Highlight>();
  private readonly painted = new Map<Element, Painted>();
  private readonly read = new WeakMap<Code, readonly Mark[]>();
  private sweepTimer = 0;

  constructor(worker: WorkerClient) {
    this.worker = worker;
    if (!("highlights" in CSS)) return;
    MARK_NAMES.forEach((name, priority) => {
      const highlight = new Highlight();
      highlight.priority = priority;
      this.highlights.set(name, highlight);
      CSS.highlights.set(name, highlight);
    });
  }

  /** Replace the marks of an element's text. */
  marks(element: Element, marks: readonly Mark[]): void {
    if (this.highlights.size === 0) return;
    const painted = this.of(element);
    this.wipe(painted);
    painted.ranges = rangesOf(element, marks);
    for (const { name, range } of painted.ranges) this.highlights.get(name)?.add(range);
  }

  /** Request the colours of an element's code; call it again when the code has grown. */
  code(element: Element, code: Code): void {
    if (this.highlights.size === 0) return;
    const known = code.language === "" ? [] : this.read.get(code);
    const painted = this.of(element);
    painted.wanted = known ? null : code;
    // Until the worker answers, keep the former colours.
    if (known || code.marks?.length) this.marks(element, [...(known ?? []), ...(code.marks ?? [])]);
    if (!known && !painted.isAsking) void this.ask(element, painted);
  }

  private async ask(element: Element, painted: Painted): Promise<void> {
    painted.isAsking = true;
    while (painted.wanted) {
      const code = painted.wanted;
      painted.wanted = null;
      const { language, before, text } = code;
      const found = await this.worker.ask({ kind: "code", language, before, text });
      if (found) this.read.set(code, found);
      if (this.painted.get(element) !== painted) return;
      // The code may have grown meanwhile: the colours still apply to its beginning.
      if (found) this.marks(element, [...found, ...(code.marks ?? [])]);
      if (painted.wanted) await new Promise((resolve) => setTimeout(resolve, GROWING_MS));
    }
    painted.isAsking = false;
  }

  private of(element: Element): Painted {
    const known = this.painted.get(element);
    if (known) return known;
    const painted: Painted = { ranges: [], wanted: null, isAsking: false };
    this.painted.set(element, painted);
    this.sweepTimer ||= window.setTimeout(() => this.sweep(), SWEEP_MS);
    return painted;
  }

  private wipe(painted: Painted): void {
    for (const { name, range } of painted.ranges) this.highlights.get(name)?.delete(range);
    painted.ranges = [];
  }

  /** Drop the elements that were removed from the page. */
  private sweep(): void {
    this.sweepTimer = 0;
    for (const [element, painted] of this.painted) {
      if (element.isConnected) continue;
      this.wipe(painted);
      this.painted.delete(element);
    }
    if (this.painted.size > 0) this.sweepTimer = window.setTimeout(() => this.sweep(), SWEEP_MS);
  }
}
