import { Fold } from "../fold.ts";
import { h } from "../h.ts";
import type { RowView } from "../scene.ts";

/** Something this page has no better form for, as it is. */
export class RawView implements RowView {
  readonly element: HTMLElement;

  constructor(title: string, value: object) {
    const json = h("pre", { class: "well" }, JSON.stringify(value, null, 2));
    const head = h("span", { class: "fold-title mono" }, title);
    this.element = new Fold("row raw", head, json).element;
  }

  update(): void {
    // Rows of this kind never change.
  }
}
