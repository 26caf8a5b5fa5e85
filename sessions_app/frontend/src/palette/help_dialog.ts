import type { Keyboard } from "../browser/keys.ts";
import { h } from "../view/h.ts";

// Keys that work in one field only, so they are not shortcuts of the page.
const IN_PLACE: readonly (readonly [string, string])[] = [
  ["Ctrl K", "find actions, pages, sessions"],
  ["@", "name a file in a message"],
  ["↑", "a message sent before, in an empty box"],
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

/** The dialog that lists the keyboard shortcuts, as they are when it is opened. */
export class HelpDialog {
  private readonly keyboard: Keyboard;
  private dialog: HTMLDialogElement | null = null;

  constructor(keyboard: Keyboard) {
    this.keyboard = keyboard;
  }

  show(): void {
    if (this.dialog?.open) return;
    this.dialog?.remove();
    this.dialog = this.made();
    this.dialog.showModal();
  }

  private made(): HTMLDialogElement {
    const shortcuts = this.keyboard.shortcuts.map(({ key, words }) => [key, words] as const);
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
    box.checked = this.keyboard.areOn;
    box.addEventListener("change", () => this.keyboard.turn(box.checked));
    return h("label", { class: "check" }, box, " Single keys act");
  }
}
