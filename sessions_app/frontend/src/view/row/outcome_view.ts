import { cost, duration, short } from "../format.ts";
import { copyText } from "../../browser/clipboard.ts";
import { answerBefore, modelBefore } from "../../model/navigation/answer.ts";
import type { OutcomeRow } from "../../model/row.ts";
import { tally } from "../../model/tally.ts";
import { h, setText } from "../h.ts";
import { timeView } from "../time_view.ts";
import type { PieceView, ViewContext } from "../view_context.ts";

const WORDS = {
  success: "Done",
  error: "Ended with an error",
  interrupted: "Interrupted",
  cancelled: "Cancelled",
  budget: "Out of budget",
} as const;

/** The line below an answer: how its run ended, when, its model, tokens and cost, and a copy of it. */
export class OutcomeView implements PieceView {
  readonly element: HTMLElement;
  private readonly row: OutcomeRow;
  private readonly detail = h("span", { class: "outcome-detail" });

  constructor(row: OutcomeRow, session: string, context: ViewContext) {
    this.row = row;
    const thread = context.model.thread(session);
    const { event } = row;
    const used = tally(event.usage, event.costUsd);
    const figures = [
      duration(event.durationMs ?? 0),
      `${short(used.inputTokens + used.cacheTokens)} in`,
      `${short(used.outputTokens)} out`,
      context.simulated ? "simulated" : `cost ${cost(used, false)}`,
    ];
    const model = modelBefore(thread.rows, row) || thread.model;
    if (model) figures.unshift(model);
    const copy = h("button", { type: "button", class: "plain outcome-copy" }, "Copy answer");
    copy.hidden = answerBefore(thread.rows, row) === "";
    copy.addEventListener("click", async () => {
      const isCopied = await copyText(answerBefore(thread.rows, row));
      setText(copy, isCopied ? "Copied" : "The browser refuses to copy");
    });
    this.element = h(
      "article",
      { class: "row outcome", "data-status": event.status },
      h("span", { class: "outcome-word" }, WORDS[event.status]),
      this.detail,
      h("span", { class: "outcome-figures" }, timeView(row.ts), ` · ${figures.join(" · ")}`),
      copy,
    );
  }

  update(): void {
    setText(this.detail, this.row.detail);
  }
}
