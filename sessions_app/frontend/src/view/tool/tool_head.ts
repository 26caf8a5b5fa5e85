import { clockDuration, duration } from "../format.ts";
import { spellOut } from "../../text/spelled.ts";
import { h, setText } from "../h.ts";
import type { Piece, PieceView } from "../view_context.ts";
import { agentFigures } from "./agent_figures.ts";
import type { Card } from "./card.ts";
import { toolName } from "../presentation/tool_name.ts";
import { runningMs, stateOf } from "./tool_state.ts";
import { verdict } from "../approval/verdict.ts";

/** The head of a card: the tool, its subject, and its state. */
export class ToolHead implements Piece {
  readonly guessPx = 34;
  private readonly card: Card;
  private readonly given: () => string;

  /** `given` is the figure of what the call was given, like "+3 −1". */
  constructor(card: Card, given: () => string) {
    this.card = card;
    this.given = given;
  }

  mount(): PieceView {
    const { card } = this;
    const name = h("span", { class: "tool-name" });
    const title = h("span", { class: "tool-title" });
    const figures = h("span", { class: "tool-figures" });
    const button = h("button", { type: "button", class: "tool-head" }, name, title, figures);
    button.addEventListener("click", () => card.choose("card", !card.isOpen));
    const element = h("div", { class: "row tool" }, button);
    const update = (): void => {
      const { row } = card;
      element.dataset["state"] = stateOf(row);
      element.dataset["tool"] = row.tool;
      element.classList.toggle("has-agent", row.child !== null);
      button.setAttribute("aria-expanded", `${card.isOpen}`);
      setText(name, spellOut(toolName(row)));
      setText(title, spellOut(this.title()));
      setText(figures, this.figures());
    };
    return { element, update };
  }

  private title(): string {
    const { row, presentation } = this.card;
    if (row.child?.task) return row.child.task;
    if (!row.input && !row.details?.title) return "writing its input";
    return presentation.title(row.input ?? {}) || (row.details?.title ?? "");
  }

  private figures(): string {
    const { row, context } = this.card;
    if (row.child) return agentFigures(context, row, row.child.id);
    return [row.answer ? verdict(row.answer, row.ask) : "", ...this.outcome()].filter(Boolean).join(" · ");
  }

  private outcome(): string[] {
    const { row, presentation, context } = this.card;
    const { result } = row;
    const state = stateOf(row);
    if (state === "asking") return ["needs approval"];
    if (state === "denied") return row.answer ? [] : ["denied"];
    const ms = runningMs(row, context);
    if (!result) return state === "running" && ms >= 1_000 ? [clockDuration(ms)] : [];
    const figure = state === "failed" ? "failed" : this.given() || presentation.figure?.(row) || "";
    return [figure, result.truncated ? "cut" : "", duration(result.durationMs)];
  }
}
