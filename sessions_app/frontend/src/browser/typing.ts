/** True if an input method is still composing a word with this key. */
export function isComposing(event: KeyboardEvent): boolean {
  // Safari ends the composition before the Enter that ended it; 229 tells that key apart.
  return event.isComposing || event.keyCode === 229;
}

/** True if this Enter sends; on a touch keyboard, without Shift+Enter, it breaks the line. */
export function enterSends(event: KeyboardEvent): boolean {
  const isEnter = event.key === "Enter" && !event.shiftKey && !isComposing(event);
  return isEnter && !matchMedia("(pointer: coarse)").matches;
}
