import { patch } from "../markdown/patch.ts";
import { MarkdownStream, parseWhole } from "../markdown/stream.ts";
import type { ProseRow } from "../model/row.ts";

/** Shows a row's text as markdown; only what is new costs anything. */
export class Prose {
  readonly element: HTMLElement;
  private stream = new MarkdownStream();
  private shown = 0;
  private settled = 0;
  private rewrites = 0;
  private ended = false;

  constructor(element: HTMLElement) {
    this.element = element;
    element.classList.add("prose");
  }

  update(row: ProseRow): void {
    if (row.rewrites !== this.rewrites) this.startOver(row);
    if (row.text.length > this.shown) {
      const { settled, tail } = this.stream.push(row.text.slice(this.shown));
      patch(this.element, this.settled, [...settled, ...tail]);
      this.settled += settled.length;
      this.shown = row.text.length;
    }
    if (row.done && !this.ended) this.end(row);
  }

  private startOver(row: ProseRow): void {
    this.stream = new MarkdownStream();
    this.rewrites = row.rewrites;
    this.shown = 0;
    this.settled = 0;
    this.ended = false;
  }

  private end(row: ProseRow): void {
    this.ended = true;
    const rest = this.stream.end();
    if (rest === "start over") patch(this.element, 0, parseWhole(row.text));
    else patch(this.element, this.settled, rest);
  }
}
