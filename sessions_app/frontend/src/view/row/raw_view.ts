import type { Row } from "../../model/row.ts";
import { Fold } from "../fold.ts";
import { h } from "../h.ts";
import type { PieceView, Scene } from "../scene.ts";

/** Something this page has no better form for, as it is. */
export class RawView implements PieceView {
  readonly element: HTMLElement;
  private readonly fold: Fold;

  constructor(row: Row, session: string, scene: Scene, title: string, value: object) {
    const json = h("pre", { class: "well" }, JSON.stringify(value, null, 2));
    const head = h("span", { class: "fold-title mono" }, title);
    this.fold = new Fold(scene, session, row, "raw", "row raw", head, json);
    this.element = this.fold.element;
  }

  update(): void {
    this.fold.suggest(false);
  }
}
