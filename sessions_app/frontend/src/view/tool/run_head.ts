import { duration, plural } from "../format.ts";
import type { ToolRow } from "../../model/row.ts";
import type { Run } from "../../model/run.ts";
import { h } from "../h.ts";
import type { Piece, PieceView } from "../view_context.ts";
import type { Card } from "./card.ts";

/** The line that stands for a run of calls. */
export class RunHead implements Piece {
  readonly guessPx = 30;
  readonly run: Run;
  private readonly card: Card;

  constructor(run: Run, card: Card) {
    this.run = run;
    this.card = card;
  }

  mount(): PieceView {
    const { rows } = this.run;
    const count = h("span", { class: "run-count" }, plural(rows.length, "tool call"));
    const names = h("span", { class: "run-names" }, namesOf(rows));
    const button = h("button", { type: "button", class: "disclosure" }, count, names);
    button.addEventListener("click", () => this.toggle());
    const element = h("div", { class: "row run" }, button);
    const update = (): void => button.setAttribute("aria-expanded", `${this.isOpen}`);
    return { element, update };
  }

  private get isOpen(): boolean {
    return this.card.chosen("run") === true;
  }

  private toggle(): void {
    const { context, session } = this.card;
    this.card.choose("run", !this.isOpen);
    for (const row of this.run.rows) context.changed(session, row);
  }
}

/** "bash ×3, read_file · 1.2 s" */
function namesOf(rows: readonly ToolRow[]): string {
  const counts = new Map<string, number>();
  for (const { tool } of rows) counts.set(tool, (counts.get(tool) ?? 0) + 1);
  const names = [...counts].map(([tool, n]) => (n > 1 ? `${tool} ×${n}` : tool));
  const took = rows.reduce((total, row) => total + (row.result?.durationMs ?? 0), 0);
  return `${names.join(", ")} · ${duration(took)}`;
}
