/** Whether a key belongs to an input method that still composes a word. */
export function isComposing(event: KeyboardEvent): boolean {
  // Safari ends the composition before the Enter that ended it; 229 tells that key apart.
  return event.isComposing || event.keyCode === 229;
}

/** Whether Enter sends: a touch keyboard has no Shift+Enter, so there it is a new line. */
export function enterSends(event: KeyboardEvent): boolean {
  const isEnter = event.key === "Enter" && !event.shiftKey && !isComposing(event);
  return isEnter && !matchMedia("(pointer: coarse)").matches;
}
