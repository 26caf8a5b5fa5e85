import { isComposing } from "../browser/typing.ts";
import { h } from "../view/h.ts";

/** One thing that can be written; `parts` is how its line shows it. */
export interface Suggestion {
  readonly text: string;
  readonly parts: readonly HTMLElement[];
}

export interface Completed {
  /** Called with each letter: answers by `show` or `close`, at once or later. */
  look(): void;
  take(text: string): void;
  /** True if a suggestion is typed whole already, so that Enter is not about it. */
  isWhole?(text: string): boolean;
}

/** A list of suggestions above a text field: the combobox pattern, the focus stays in the field. */
export class Completion {
  private readonly input: HTMLTextAreaElement;
  private readonly id: string;
  private readonly by: Completed;
  private readonly list: HTMLElement;
  private shown: readonly Suggestion[] = [];
  private at = 0;

  constructor(input: HTMLTextAreaElement, id: string, label: string, by: Completed) {
    this.input = input;
    this.id = id;
    this.by = by;
    this.list = h("ul", { class: "palette", role: "listbox", id, "aria-label": label });
    this.list.hidden = true;
    input.before(this.list);
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-haspopup", "listbox");
    input.addEventListener("input", () => by.look());
    input.addEventListener("blur", () => this.close());
    // Before the composer's own: Enter takes a suggestion, and sends nothing.
    input.addEventListener("keydown", (event) => this.press(event), true);
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays
    this.list.addEventListener("click", ({ target }) => {
      const item = target instanceof Element ? target.closest<HTMLElement>("[data-at]") : null;
      if (item) this.take(Number(item.dataset["at"]));
    });
  }

  show(suggestions: readonly Suggestion[]): void {
    if (suggestions.length === 0) return this.close();
    this.shown = suggestions;
    this.at = 0;
    this.list.replaceChildren(...suggestions.map((one, at) => this.itemOf(one, at)));
    this.list.hidden = false;
    this.input.setAttribute("aria-controls", this.id);
    this.mark();
  }

  close(): void {
    if (this.list.hidden) return;
    this.list.hidden = true;
    this.input.removeAttribute("aria-activedescendant");
    this.input.removeAttribute("aria-controls");
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
        if (event.key === "Enter" && this.by.isWhole?.(this.shown[this.at]?.text ?? "")) return this.close();
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
    const text = this.shown[at]?.text;
    this.close();
    if (text === undefined) return;
    this.by.take(text);
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

  private itemOf({ parts }: Suggestion, at: number): HTMLElement {
    const given = { class: "palette-item", role: "option", id: `${this.id}-${at}`, "data-at": `${at}` };
    return h("li", given, ...parts);
  }
}
