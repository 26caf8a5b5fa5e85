import type { ApprovalOption } from "../../protocol.ts";
import { spellOut } from "../../text/spelled.ts";
import { h } from "../h.ts";

const TONES = {
  allow_once: "primary",
  allow_always: "lasting",
  reject_once: "danger",
  reject_always: "danger lasting",
} as const;

/** The answers that an agent offers, each a button in the agent's own words. */
export class OptionButtons {
  readonly element = h("div", { class: "options" });
  private readonly allowing: HTMLButtonElement[] = [];
  /** The refusal that Enter in the reason's field means; null: the agent offers none. */
  private readonly refusal: ApprovalOption | null;

  /** `why`: the field for a refusal's reason, which stands before what refuses. */
  constructor(options: readonly ApprovalOption[], why: HTMLElement, choose: (option: ApprovalOption) => void) {
    const keyed = new Set<string>();
    const no = h("span", { class: "no" }, why);
    for (const option of options) {
      const key = keyOf(option);
      const given = { type: "button", class: `button ${TONES[option.kind]}`, "data-kind": option.kind };
      const button = h("button", given, spellOut(option.name));
      // Of those that one key means, the first has it.
      if (!keyed.has(key)) button.dataset["answer"] = key;
      keyed.add(key);
      button.addEventListener("click", () => choose(option));
      if (allows(option)) this.allowing.push(button);
      (allows(option) ? this.element : no).append(button);
    }
    const refusals = options.filter((option) => !allows(option));
    this.refusal = refusals.find(({ kind }) => kind === "reject_once") ?? refusals[0] ?? null;
    if (this.refusal) this.element.append(no);
  }

  /** Buttons that allow are there once all of what they allow is in sight. */
  mayAllow(yes: boolean): void {
    for (const button of this.allowing) button.hidden = !yes;
  }

  /** The id of the option that a plain no means; "": the agent offers none. */
  get refusalId(): string {
    return this.refusal?.id ?? "";
  }
}

export function allows({ kind }: ApprovalOption): boolean {
  return kind.startsWith("allow");
}

function keyOf({ kind }: ApprovalOption): string {
  if (kind === "allow_once") return "approve";
  return kind === "allow_always" ? "session" : "refuse";
}
