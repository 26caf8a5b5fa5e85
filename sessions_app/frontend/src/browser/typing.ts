import { keep } from "./keep.ts";

const BY_CTRL = "ringside ctrl enter sends";

/** True if an input method is still composing a word with this key. */
export function isComposing(event: KeyboardEvent): boolean {
  // Safari ends the composition before the Enter that ended it; 229 tells that key apart.
  return event.isComposing || event.keyCode === 229;
}

/** Whether Enter alone sends: a choice of each person, kept in the browser. */
export function sendsByEnter(): boolean {
  return localStorage.getItem(BY_CTRL) === null;
}

export function sendByEnter(yes: boolean): void {
  if (yes) localStorage.removeItem(BY_CTRL);
  else keep(localStorage, BY_CTRL, "yes");
}

/** True if this Enter sends; with Ctrl always, without never on a touch keyboard. */
export function enterSends(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return false;
  return event.ctrlKey || event.metaKey || (sendsByEnter() && !matchMedia("(pointer: coarse)").matches);
}
