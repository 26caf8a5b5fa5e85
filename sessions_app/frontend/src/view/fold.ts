import { h } from "./h.ts";

/** A part that opens and closes; once a person has toggled it, it is theirs. */
export class Fold {
  readonly element: HTMLDetailsElement;
  private theirs = false;

  constructor(name: string, head: HTMLElement, ...body: HTMLElement[]) {
    const summary = h("summary", {}, head);
    summary.addEventListener("click", () => {
      this.theirs = true;
    });
    this.element = h("details", { class: name }, summary, ...body);
  }

  suggest(open: boolean): void {
    if (!this.theirs && this.element.open !== open) this.element.open = open;
  }
}
