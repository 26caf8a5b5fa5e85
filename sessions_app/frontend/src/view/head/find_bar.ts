import { isComposing } from "../../browser/typing.ts";
import { count } from "../format.ts";
import type { Keys } from "../../browser/keys.ts";
import type { Model } from "../../model/model.ts";
import { placesOf, step } from "../../model/navigation/place.ts";
import type { Place } from "../../model/navigation/place.ts";
import type { Row } from "../../model/row.ts";
import { soughtIn } from "../../model/navigation/sought.ts";
import type { Kind } from "../../model/navigation/sought.ts";
import { Found } from "../../paint/found.ts";
import { h, setText } from "../h.ts";

const PAUSE_MS = 150; // ms without typing before the search starts
const KINDS: readonly (readonly [Kind, string, string])[] = [
  ["text", "Text", ""],
  ["error", "Errors", "x"],
  ["approval", "Approvals", "q"],
  ["edit", "Edits", "m"],
  ["message", "Messages", "u"],
];

/** The services that the bar needs from the page. */
export interface FindHost {
  readonly model: Model;
  readonly session: string;
  readonly list: HTMLElement;
  /** Read all older history; resolves when it is loaded. */
  readAll(): Promise<void>;
  /** Scroll to a place; opened if its text matched the search. */
  show(place: Place, isOpen: boolean): void;
  /** The row at the upper edge. */
  top(): Row | null;
  leave(): void;
}

/** Finds texts, errors, approvals, edits and messages in the whole session. */
export class FindBar {
  readonly element: HTMLElement;
  private readonly host: FindHost;
  private readonly found = new Found();
  private readonly kind = h("select", { "aria-label": "What to find" });
  private readonly input = h("input", { type: "search", "aria-label": "Text to find" });
  private readonly state = h("span", { class: "find-state", role: "status" });
  private current: Row | null = null;
  private timer = 0;

  constructor(host: FindHost, keys: Keys) {
    this.host = host;
    for (const [kind, words] of KINDS) this.kind.append(h("option", { value: kind }, words));
    this.element = h(
      "div",
      { class: "find-bar", role: "search", "aria-label": "In this session" },
      this.kind,
      this.input,
      this.state,
      this.button("Previous", "↑", () => void this.go(-1)),
      this.button("Next", "↓", () => void this.go(1)),
      this.button("Close", "×", () => this.close()),
    );
    this.element.hidden = true;
    this.listen();
    this.addKeys(keys);
  }

  open(kind: Kind = "text"): void {
    this.element.hidden = false;
    this.choose(kind);
    if (kind === "text") this.input.focus();
    this.input.select();
  }

  /** Mark the text again after a paint. */
  painted(): void {
    if (!this.element.hidden) this.found.mark(this.host.list, this.text);
  }

  /** Unmark the text, as the page leaves the window. */
  park(): void {
    if (!this.element.hidden) this.found.mark(this.host.list, "");
  }

  private get text(): string {
    return this.kind.value === "text" ? this.input.value : "";
  }

  private close(): void {
    this.element.hidden = true;
    this.current = null;
    this.found.mark(this.host.list, "");
    this.host.leave();
  }

  private choose(kind: Kind): void {
    this.kind.value = kind;
    this.input.hidden = kind !== "text";
    setText(this.state, "");
  }

  /** Go to the next match, after reading all older history. */
  private async go(by: 1 | -1, isFresh = false): Promise<void> {
    const { host, kind, text } = this;
    const wanted = kind.value as Kind;
    if (wanted === "text" && text === "") return setText(this.state, "");
    setText(this.state, "reading");
    await host.readAll();
    if (wanted !== kind.value || text !== this.text || this.element.hidden) return;
    const isGood = soughtIn(wanted, text);
    const places = placesOf(host.model, host.session);
    const from = isFresh ? null : (this.current ?? host.top());
    const place = step(places, from, by, isGood);
    this.current = place?.row ?? null;
    const good = places.filter(({ row }) => isGood(row));
    const at = good.findIndex(({ row }) => row === place?.row) + 1;
    setText(this.state, at > 0 ? `${count(at)} of ${count(good.length)}` : "none");
    if (place) host.show(place, wanted === "text");
    this.painted();
  }

  private listen(): void {
    this.kind.addEventListener("change", () => {
      this.choose(this.kind.value as Kind);
      void this.go(1);
    });
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.go(1, true), PAUSE_MS);
    });
    this.element.addEventListener("keydown", (event) => {
      if (isComposing(event) || (event.key !== "Escape" && event.key !== "Enter")) return;
      if (event.key === "Enter" && event.target !== this.input) return;
      event.preventDefault();
      if (event.key === "Escape") return this.close();
      clearTimeout(this.timer);
      void this.go(event.shiftKey ? -1 : 1);
    });
  }

  private addKeys(keys: Keys): void {
    keys.add("/", "find in this session", () => this.open());
    for (const [kind, words, key] of KINDS) {
      if (key === "") continue;
      const jump = (by: 1 | -1) => () => {
        if (this.element.hidden || this.kind.value !== kind) this.open(kind);
        void this.go(by);
      };
      keys.add(key, `${words.toLowerCase()}: the next one`, jump(1));
      keys.add(key.toUpperCase(), `${words.toLowerCase()}: the one before`, jump(-1));
    }
  }

  private button(words: string, sign: string, act: () => void): HTMLElement {
    const made = h("button", { type: "button", class: "icon", "aria-label": words, title: words }, sign);
    made.addEventListener("click", act);
    return made;
  }
}
