import type { Ledger } from "../view/ledger.ts";
import type { DiffLine } from "../worker/diff.ts";
import type { ReviewLine, Section, Sections } from "./sections.ts";

const ARROWS: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, ArrowUp: -1 };

/** Several lines of one file, chosen by Shift with an arrow or a click, to be commented on. */
export class LineRange {
  private readonly ledger: Ledger<ReviewLine>;
  private anchor: number | null = null; // where it began

  constructor(ledger: Ledger<ReviewLine>) {
    this.ledger = ledger;
  }

  /** Begin or go on with Shift, end without; returns whether the key was one of a range. */
  press({ key, shiftKey }: KeyboardEvent): boolean {
    const by = ARROWS[key];
    if (by === undefined || !shiftKey) {
      if (by !== undefined || key === "Escape") this.end();
      return false;
    }
    this.reach(this.ledger.at + by);
    return true;
  }

  /** Choose up to a line. */
  reach(to: number): void {
    this.anchor ??= this.ledger.at;
    this.ledger.reach(to);
    this.mark();
  }

  end(): void {
    if (this.anchor === null) return;
    this.anchor = null;
    this.mark();
  }

  has(at: number): boolean {
    const { anchor, ledger } = this;
    return anchor !== null && at >= Math.min(anchor, ledger.at) && at <= Math.max(anchor, ledger.at);
  }

  /** The chosen lines of the file in which the range ends. */
  lines(sections: Sections): { section: Section; lines: readonly DiffLine[] } | null {
    const { anchor, ledger } = this;
    const section = sections.at(ledger.at)?.section;
    if (anchor === null || !section) return null;
    const lines: DiffLine[] = [];
    for (let at = Math.min(anchor, ledger.at); at <= Math.max(anchor, ledger.at); at += 1) {
      const line = sections.at(at);
      if (line?.kind === "diff" && line.section === section) lines.push(line.line);
    }
    return { section, lines };
  }

  private mark(): void {
    for (const element of this.ledger.element.querySelectorAll<HTMLElement>(".ledger-line")) {
      element.classList.toggle("in-range", this.has(Number(element.dataset["at"])));
    }
  }
}
