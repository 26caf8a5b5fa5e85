import type { Keyboard } from "../browser/keys.ts";
import { Finder } from "../view/head/finder.ts";
import { LookForm } from "../view/head/look_form.ts";

/** What every page of a tab has: help, look, and the keys that lead to other pages. */
export class TabControls {
  private readonly keyboard: Keyboard;

  constructor(keyboard: Keyboard, go: (path: string) => void) {
    this.keyboard = keyboard;
    const finder = new Finder(keyboard);
    if (document.querySelector(".inbox-link")) finder.listen();
    document.querySelector("header [data-act=help]")?.addEventListener("click", () => void finder.help());
    keyboard.common.add("?", "all keys", () => void finder.help());
    this.addLook();
    keyboard.common.add("l", "all sessions", () => go("/"));
    if (!document.querySelector(".inbox-link")) return;
    keyboard.common.add("i", "inbox", () => go("/inbox/"));
    keyboard.common.add("W", "the wall: all sessions at work", () => go("/wall/"));
  }

  private addLook(): void {
    const form = document.querySelector<HTMLFormElement>("form.look");
    if (!form) return;
    const look = new LookForm(form);
    this.keyboard.common.add("t", "light, dark, as the system", () => look.next("theme"));
    this.keyboard.common.add("H", "high contrast, or as the system", () => look.next("contrast"));
    this.keyboard.common.add("D", "density: comfortable, compact", () => look.next("density"));
  }
}
