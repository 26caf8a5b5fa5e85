import { h } from "../view/h.ts";

export interface MenuItem {
  readonly words: string;
  /** Whether a choice is the present one; absent: no choice, but an act. */
  readonly isChosen?: boolean;
  readonly isDanger?: boolean;
  readonly act: () => void;
}

/** A menu above its button, by the menu button pattern; its items are made when it opens. */
export class Menu {
  private readonly button: HTMLElement;
  private readonly items: () => readonly MenuItem[];
  private readonly list = h("div", { class: "menu", role: "menu" });
  private opened: AbortController | null = null; // while the menu is open

  constructor(button: HTMLElement, items: () => readonly MenuItem[]) {
    this.button = button;
    this.items = items;
    this.list.hidden = true;
    this.list.setAttribute("aria-label", button.getAttribute("aria-label") ?? "");
    button.after(this.list);
    this.list.addEventListener("keydown", (event) => this.press(event));
  }

  toggle(): void {
    if (this.list.hidden) this.open();
    else this.close();
  }

  private open(): void {
    this.list.replaceChildren(...this.items().map((item) => this.made(item)));
    this.list.hidden = false;
    this.watch();
    this.button.setAttribute("aria-expanded", "true");
    this.all[0]?.focus();
  }

  /** Close when the person turns to something else; the document is listened to meanwhile. */
  private watch(): void {
    this.opened = new AbortController();
    const { signal } = this.opened;
    const leave = ({ target }: Event): void => {
      const isInside = target instanceof Node && (this.list.contains(target) || this.button.contains(target));
      if (!isInside) this.close(false);
    };
    document.addEventListener("pointerdown", leave, { signal });
    document.addEventListener("focusin", leave, { signal });
  }

  private close(isBack = true): void {
    this.list.hidden = true;
    this.opened?.abort();
    this.button.setAttribute("aria-expanded", "false");
    if (isBack) this.button.focus();
  }

  private get all(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  }

  private made({ words, isChosen, isDanger, act }: MenuItem): HTMLElement {
    const role = isChosen === undefined ? "menuitem" : "menuitemradio";
    const given = { type: "button", role, tabindex: "-1", class: isDanger ? "menu-item danger" : "menu-item" };
    const item = h("button", given, words);
    if (isChosen !== undefined) item.setAttribute("aria-checked", `${isChosen}`);
    item.addEventListener("click", () => {
      this.close();
      act();
    });
    return item;
  }

  private press(event: KeyboardEvent): void {
    const { all } = this;
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) all.at(to % all.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
