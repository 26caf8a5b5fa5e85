import { growText, h } from "../h.ts";

// Colours and cursor movements of a terminal; the text is what counts here.
const ESCAPES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g;
const NEAR_PX = 24;

/** A tool's output, live: stays at its end while its reader is there. */
export class OutputView {
  readonly element = h("pre", { class: "well output", tabindex: "0" });
  private wasLive = false;
  private readonly text = document.createTextNode("");

  constructor() {
    this.element.append(this.text);
  }

  update(output: string, isLive: boolean): void {
    const { element } = this;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    growText(this.text, plainOf(output));
    element.hidden = output === "";
    if (atEnd && (isLive || this.wasLive)) element.scrollTop = element.scrollHeight;
    this.wasLive = isLive;
  }
}

function plainOf(output: string): string {
  return output.includes("\u001b") ? output.replace(ESCAPES, "") : output;
}
