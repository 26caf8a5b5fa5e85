import type { Keyboard } from "../browser/keys.ts";
import { Finder } from "../view/head/finder.ts";
import { ThemeSwitch } from "../view/head/theme_switch.ts";

/** What every page of a tab has: help, theme, and the keys that lead to other pages. */
export class TabControls {
  private readonly keyboard: Keyboard;

  constructor(keyboard: Keyboard, go: (path: string) => void) {
    this.keyboard = keyboard;
    const finder = new Finder(keyboard);
    if (document.querySelector(".inbox-link")) finder.listen();
    document.querySelector("header [data-act=help]")?.addEventListener("click", () => void finder.help());
    keyboard.common.add("?", "all keys", () => void finder.help());
    this.addTheme();
    keyboard.common.add("l", "all sessions", () => go("/"));
    if (!document.querySelector(".inbox-link")) return;
    keyboard.common.add("i", "inbox", () => go("/inbox/"));
    keyboard.common.add("W", "the wall: all sessions at work", () => go("/wall/"));
  }

  private addTheme(): void {
    const button = document.querySelector<HTMLElement>("header [data-act=theme]");
    if (!button) return;
    const theme = new ThemeSwitch(button);
    this.keyboard.common.add("t", "light, dark, as the system", () => theme.next());
  }
}
