import type { Keys } from "../../browser/keys.ts";
import { h } from "../h.ts";

// Keys that work in one field only, so they are not shortcuts of the page.
const IN_PLACE: readonly (readonly [string, string])[] = [
  ["Enter", "send the message"],
  ["Shift Enter", "a new line in it"],
  ["Esc Esc", "interrupt the agent"],
  ["Ctrl Enter", "approve as edited"],
];

const CAPS: ReadonlyMap<string, string> = new Map([
  [" ", "Space"],
  ["ArrowLeft", "←"],
  ["ArrowRight", "→"],
]);

function capsOf(key: string): string[] {
  const cap = CAPS.get(key);
  return cap ? [cap] : key.split(" ");
}

/** The dialog that lists the keyboard shortcuts; created when first opened. */
export class HelpDialog {
  private readonly keys: Keys;
  private dialog: HTMLDialogElement | null = null;

  constructor(keys: Keys) {
    this.keys = keys;
  }

  show(): void {
    this.dialog ??= this.made();
    if (!this.dialog.open) this.dialog.showModal();
  }

  private made(): HTMLDialogElement {
    const shortcuts = this.keys.shortcuts.map(({ key, words }) => [key, words] as const);
    const list = h("dl", { class: "keys" });
    for (const [key, words] of [...shortcuts, ...IN_PLACE]) {
      const caps = capsOf(key).map((cap) => h("kbd", {}, cap));
      list.append(h("div", {}, h("dt", {}, ...caps), h("dd", {}, words)));
    }
    const close = h("button", { type: "button", class: "button", autofocus: "" }, "Close");
    const dialog = h(
      "dialog",
      { class: "help", "aria-labelledby": "help-title" },
      h("h2", { id: "help-title" }, "Keys"),
      list,
      h("div", { class: "help-foot" }, this.choice(), close),
    );
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // a click outside the dialog
    });
    document.body.append(dialog);
    return dialog;
  }

  private choice(): HTMLElement {
    const box = h("input", { type: "checkbox" });
    box.checked = this.keys.areOn;
    box.addEventListener("change", () => this.keys.turn(box.checked));
    return h("label", { class: "check" }, box, " Single keys act");
  }
}
