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

  constructor(options: readonly ApprovalOption[], choose: (option: ApprovalOption) => void) {
    const keyed = new Set<string>();
    for (const option of options) {
      const key = keyOf(option);
      const given = { type: "button", class: `button ${TONES[option.kind]}`, "data-kind": option.kind };
      const button = h("button", given, spellOut(option.name));
      // Of those that one key means, the first has it.
      if (!keyed.has(key)) button.dataset["answer"] = key;
      keyed.add(key);
      button.addEventListener("click", () => choose(option));
      if (allows(option)) this.allowing.push(button);
      this.element.append(button);
    }
  }

  /** Buttons that allow are there once all of what they allow is in sight. */
  mayAllow(yes: boolean): void {
    for (const button of this.allowing) button.hidden = !yes;
  }

  focusRefusal(): void {
    this.element.querySelector<HTMLElement>("[data-kind^=reject]")?.focus();
  }
}

export function allows({ kind }: ApprovalOption): boolean {
  return kind.startsWith("allow");
}

function keyOf({ kind }: ApprovalOption): string {
  if (kind === "allow_once") return "approve";
  return kind === "allow_always" ? "session" : "refuse";
}
