import { isComposing } from "../browser/typing.ts";

/** ArrowUp in an empty box brings the messages sent before, ArrowDown goes back. */
export class Recall {
  private readonly input: HTMLTextAreaElement;
  private readonly texts: () => readonly string[];
  /** How many messages back the box shows; 0: none. */
  private back = 0;

  /** `texts`: the messages of the session, the oldest first. */
  constructor(input: HTMLTextAreaElement, texts: () => readonly string[]) {
    this.input = input;
    this.texts = texts;
    input.addEventListener("keydown", (event) => this.press(event));
  }

  private press(event: KeyboardEvent): void {
    if (event.defaultPrevented || isComposing(event) || !this.isOurs(event)) return;
    const texts = this.texts();
    const back = this.back + (event.key === "ArrowUp" ? 1 : -1);
    const text = back === 0 ? "" : texts[texts.length - back];
    if (text === undefined) return;
    event.preventDefault();
    this.back = back;
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** True for an arrow without more, in a box that is empty or shows what was recalled. */
  private isOurs(event: KeyboardEvent): boolean {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return false;
    if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
    const { value, selectionStart, selectionEnd } = this.input;
    const texts = this.texts();
    if (value === "") this.back = 0;
    else if (value !== texts[texts.length - this.back]) return false;
    return (value === "" || (selectionStart === value.length && selectionEnd === value.length)) && (event.key === "ArrowUp" || this.back > 0);
  }
}
