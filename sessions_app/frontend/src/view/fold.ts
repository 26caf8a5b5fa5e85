import type { Row } from "../model/row.ts";
import { h } from "./h.ts";
import type { Scene } from "./scene.ts";

/** A part that opens and closes; once a person has toggled it, it is theirs. */
export class Fold {
  readonly element: HTMLDetailsElement;
  private readonly toggles: Map<string, boolean>;
  private readonly part: string;

  constructor(
    scene: Scene,
    session: string,
    row: Row,
    part: string,
    name: string,
    head: HTMLElement,
    ...body: HTMLElement[]
  ) {
    this.toggles = scene.ui(session, row).toggles;
    this.part = part;
    const summary = h("summary", {}, head);
    this.element = h("details", { class: name }, summary, ...body);
    summary.addEventListener("click", () => {
      scene.toggle(session, row, part, !this.element.open); // it opens after this
    });
  }

  suggest(open: boolean): void {
    const wanted = this.toggles.get(this.part) ?? open;
    if (this.element.open !== wanted) this.element.open = wanted;
  }
}
