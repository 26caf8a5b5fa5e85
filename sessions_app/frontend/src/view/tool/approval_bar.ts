import type { ToolRow } from "../../model/row.ts";
import type { AnyCommand } from "../../protocol.ts";
import { h, setText } from "../h.ts";
import type { Scene } from "../scene.ts";

/** Asks a person whether a tool may run; afterwards says who decided what. */
export class ApprovalBar {
  readonly element = h("div", { class: "approval" });
  private readonly row: ToolRow;
  private readonly session: string;
  private readonly scene: Scene;
  private readonly reason = h("p", { class: "approval-reason" });
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private readonly buttons = h("div", { class: "buttons" });

  constructor(row: ToolRow, session: string, scene: Scene) {
    this.row = row;
    this.session = session;
    this.scene = scene;
    this.problem.hidden = true;
    this.buttons.append(
      this.button("Approve", "primary", () => this.approve("once")),
      this.button("Approve for session", "", () => this.approve("session")),
      this.button("Deny", "danger", () => ({ type: "deny", toolUseId: row.toolUseId })),
    );
    this.element.append(this.reason, this.buttons, this.problem);
  }

  update(): void {
    const { ask, answer, result } = this.row;
    this.element.hidden = !ask;
    const isOpen = ask !== null && !answer && !result;
    this.element.classList.toggle("open", isOpen);
    this.buttons.hidden = !isOpen || !this.scene.canControl;
    setText(this.reason, isOpen ? this.question() : this.verdict());
    if (!isOpen) this.problem.hidden = true;
  }

  private question(): string {
    const why = this.row.ask?.reason || `${this.row.tool} needs an approval.`;
    return this.scene.canControl ? why : `${why} Waits for somebody who may answer.`;
  }

  private verdict(): string {
    const { answer } = this.row;
    if (!answer) return "No longer asked.";
    const who = answer.by ? ` by ${answer.by}` : "";
    const scope = answer.scope === "session" ? " for the session" : "";
    const why = answer.reason ? `: ${answer.reason}` : "";
    return answer.decision === "approved" ? `Approved${scope}${who}` : `Denied${who}${why}`;
  }

  private approve(scope: "once" | "session"): AnyCommand {
    return { type: "approve", toolUseId: this.row.toolUseId, scope };
  }

  private button(word: string, tone: string, command: () => AnyCommand): HTMLElement {
    const made = h("button", { type: "button", class: `button ${tone}` }, word);
    made.addEventListener("click", () => void this.send(command()));
    return made;
  }

  private async send(command: AnyCommand): Promise<void> {
    this.disable(true);
    this.problem.hidden = true;
    const problem = await this.scene.send(this.session, command);
    // On success the answer comes as an event, and the buttons go.
    if (problem === null) return;
    this.disable(false);
    this.problem.hidden = false;
    setText(this.problem, problem);
  }

  private disable(yes: boolean): void {
    for (const button of this.buttons.querySelectorAll("button")) button.disabled = yes;
  }
}
