import { h, setText } from "../h.ts";
import type { Piece, PieceView } from "../view_context.ts";

/** A line in a card about what the card shows, perhaps with a button that shows more. */
export class Note implements Piece {
  readonly guessPx = 26;
  text = "";
  word = ""; // the button's text; without it there is no button
  readonly press: () => void;
  /** Called when the note becomes visible. */
  readonly seen: () => void;

  constructor(press: () => void, seen: () => void = () => undefined) {
    this.press = press;
    this.seen = seen;
  }

  mount(): PieceView {
    this.seen();
    const text = h("span");
    const button = h("button", { type: "button", class: "plain" });
    button.addEventListener("click", this.press);
    const element = h("div", { class: "tool-part tool-note" }, text, button);
    const update = (): void => {
      setText(text, this.text);
      setText(button, this.word);
      button.hidden = this.word === "";
    };
    return { element, update };
  }
}
