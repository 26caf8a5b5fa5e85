import type { WorkerClient } from "../../worker/client.ts";
import { plainDiff } from "../../worker/diff.ts";
import { h } from "../h.ts";
import { unified } from "./diff_lines.ts";
import { CodeBlock } from "./code_block.ts";

/** A diff that the worker makes: empty until the worker has answered. */
export class DiffView {
  readonly element: HTMLElement;
  private readonly worker: WorkerClient;
  private asked = 0;

  constructor(className: string, worker: WorkerClient) {
    this.element = h("div", { class: className });
    this.worker = worker;
  }

  async show(before: string, after: string): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    const found = await this.worker.ask({ kind: "diff", before, after });
    if (mine !== this.asked) return; // a newer diff was requested
    const lines = unified(found ?? plainDiff(before, after));
    const className = before === "" ? "diff diff-new" : "diff";
    const box = h("div", { class: "given", tabindex: "0", role: "group", "aria-label": "Changes" });
    for (const piece of new CodeBlock({ className, form: "rows" }, null).pieces(lines)) {
      const view = piece.mount();
      view.update();
      box.append(view.element);
    }
    this.element.replaceChildren(...(lines.length > 0 ? [box] : []));
  }
}
