import type { AgentCommand } from "../protocol.ts";
import { spellOut } from "../text/spelled.ts";
import { isComposing } from "../browser/typing.ts";
import { h } from "../view/h.ts";

const SHOWN_MAX = 50;

/** The agent's commands, offered while `/…` is typed at the beginning of a message. */
export class CommandPalette {
  private readonly input: HTMLTextAreaElement;
  private readonly list = h("ul", { class: "palette", role: "listbox", id: "palette", "aria-label": "The agent's commands" });
  private commands: readonly AgentCommand[] = [];
  private shown: readonly AgentCommand[] = [];
  private at = 0;

  constructor(input: HTMLTextAreaElement) {
    this.input = input;
    this.list.hidden = true;
    input.before(this.list);
    const given = { "aria-autocomplete": "list", "aria-controls": "palette", "aria-haspopup": "listbox" };
    for (const [name, value] of Object.entries(given)) input.setAttribute(name, value);
    input.addEventListener("input", () => this.look());
    input.addEventListener("blur", () => this.close());
    // Before the composer's own: Enter takes the command, and sends nothing.
    input.addEventListener("keydown", (event) => this.press(event), true);
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays
    this.list.addEventListener("click", ({ target }) => {
      const item = target instanceof Element ? target.closest<HTMLElement>("[data-at]") : null;
      if (item) this.take(Number(item.dataset["at"]));
    });
    this.close();
  }

  offer(commands: readonly AgentCommand[]): void {
    if (commands === this.commands) return;
    this.commands = commands;
    if (document.activeElement === this.input) this.look();
  }

  private look(): void {
    const typed = /^\/(\S*)$/.exec(this.input.value)?.[1]?.toLowerCase();
    if (typed === undefined) return this.close();
    const names = this.commands.map((command) => ({ command, name: command.name.toLowerCase() }));
    const first = names.filter(({ name }) => name.startsWith(typed));
    const later = names.filter(({ name }) => !name.startsWith(typed) && name.includes(typed));
    this.shown = [...first, ...later].slice(0, SHOWN_MAX).map(({ command }) => command);
    if (this.shown.length === 0) return this.close();
    this.at = 0;
    this.list.replaceChildren(...this.shown.map(itemOf));
    this.list.hidden = false;
    this.mark();
  }

  private press(event: KeyboardEvent): void {
    if (this.list.hidden || isComposing(event)) return;
    const { length } = this.shown;
    switch (event.key) {
      case "ArrowDown":
        this.at = (this.at + 1) % length;
        break;
      case "ArrowUp":
        this.at = (this.at + length - 1) % length;
        break;
      case "Enter":
      case "Tab":
        if (event.shiftKey) return;
        // A command that is typed whole is sent as any message.
        if (event.key === "Enter" && this.input.value === `/${this.shown[this.at]?.name}`) return this.close();
        this.take(this.at);
        break;
      case "Escape":
        this.close();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    this.mark();
  }

  private take(at: number): void {
    const command = this.shown[at];
    this.close();
    if (!command) return;
    this.input.value = command.hint ? `/${command.name} ` : `/${command.name}`;
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.close();
    this.input.focus();
  }

  private mark(): void {
    if (this.list.hidden) return;
    for (const [i, item] of [...this.list.children].entries()) item.setAttribute("aria-selected", `${i === this.at}`);
    const item = this.list.children[this.at];
    item?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", item?.id ?? "");
  }

  private close(): void {
    this.list.hidden = true;
    this.input.removeAttribute("aria-activedescendant");
  }
}

function itemOf({ name, description, hint }: AgentCommand, at: number): HTMLElement {
  const words = h("span", { class: "palette-name" }, `/${spellOut(name)}`);
  if (hint) words.append(h("span", { class: "palette-hint" }, ` ${spellOut(hint)}`));
  const given = { class: "palette-item", role: "option", id: `palette-${at}`, "data-at": `${at}` };
  return h("li", given, words, h("span", { class: "palette-more" }, spellOut(description ?? "")));
}
