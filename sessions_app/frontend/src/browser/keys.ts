import { keep } from "./keep.ts";
import { isComposing } from "./typing.ts";

const OFF = "ringside keys off";
const TYPING = "input, textarea, select, [contenteditable]";

export interface Shortcut {
  /** The value of `KeyboardEvent.key`. */
  readonly key: string;
  readonly words: string;
  /** Returns false if the shortcut does not apply: then the next one with the key is tried. */
  readonly act: (event: KeyboardEvent) => boolean | void;
}

/** The keyboard shortcuts of a page. */
export class Keys {
  readonly shortcuts: Shortcut[] = [];

  add(key: string, words: string, act: Shortcut["act"]): void {
    this.shortcuts.push({ key, words, act });
  }
}

/**
 * Acts on the shortcuts that every page has, and on those of the page in front. None acts
 * while a text field has the focus.
 */
export class Keyboard {
  readonly common = new Keys();
  /** The shortcuts of the page in front. */
  page = new Keys();

  constructor() {
    document.addEventListener("keydown", (event) => this.press(event));
  }

  get shortcuts(): readonly Shortcut[] {
    const { page, common } = this;
    const own = new Set(page.shortcuts.map(({ key }) => key));
    return [...common.shortcuts.filter(({ key }) => !own.has(key)), ...page.shortcuts];
  }

  /** Single-letter shortcuts can be turned off, for people who dictate. */
  get areOn(): boolean {
    return localStorage.getItem(OFF) === null;
  }

  turn(on: boolean): void {
    if (on) localStorage.removeItem(OFF);
    else keep(localStorage, OFF, "yes");
  }

  private press(event: KeyboardEvent): void {
    if (event.defaultPrevented || isComposing(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || !this.areOn) return;
    const { target } = event;
    if (target instanceof Element && target.closest(TYPING)) return;
    if (document.querySelector("dialog:modal")) return;
    for (const { key, act } of this.shortcuts) {
      if (key !== event.key || act(event) === false) continue;
      event.preventDefault();
      return;
    }
  }
}
