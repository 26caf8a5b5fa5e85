import { cost, duration, short } from "../format.ts";
import type { OutcomeRow } from "../../model/row.ts";
import { tally } from "../../model/tally.ts";
import { h, setText } from "../h.ts";
import type { PieceView } from "../view_context.ts";

const WORDS = {
  success: "Done",
  error: "Ended with an error",
  interrupted: "Interrupted",
  cancelled: "Cancelled",
  budget: "Out of budget",
} as const;

/** The line below a run: its outcome, time, tokens and cost. */
export class OutcomeView implements PieceView {
  readonly element: HTMLElement;
  private readonly row: OutcomeRow;
  private readonly detail = h("span", { class: "outcome-detail" });

  constructor(row: OutcomeRow, simulated: boolean) {
    this.row = row;
    const { event } = row;
    const used = tally(event.usage, event.costUsd);
    const figures = [
      duration(event.durationMs ?? 0),
      `${short(used.inputTokens + used.cacheTokens)} in`,
      `${short(used.outputTokens)} out`,
      simulated ? "simulated" : `cost ${cost(used, false)}`,
    ];
    this.element = h(
      "article",
      { class: "row outcome", "data-status": event.status },
      h("span", { class: "outcome-word" }, WORDS[event.status]),
      this.detail,
      h("span", { class: "outcome-figures" }, figures.join(" · ")),
    );
  }

  update(): void {
    setText(this.detail, this.row.detail);
  }
}
