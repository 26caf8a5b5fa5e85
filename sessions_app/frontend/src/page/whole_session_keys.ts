import type { PageScope } from "../browser/page_scope.ts";
import { placesOf } from "../model/navigation/place.ts";
import type { Model } from "../model/model.ts";
import { textOfRow } from "../model/navigation/sought.ts";

const TYPING = "input, textarea, select, [contenteditable]";

/** The services that the keys need from the page. */
export interface WholeSession {
  readonly model: Model;
  readonly session: string;
  readonly list: HTMLElement;
  readAll(): Promise<void>;
  openFind(): void;
}

/**
 * Makes the browser's own keys for finding, selecting all and printing reach the whole
 * session: the browser itself knows only the rows that are mounted.
 */
export class WholeSessionKeys {
  private readonly whole: WholeSession;
  private isAllSelected = false;

  constructor(whole: WholeSession, scope: PageScope) {
    this.whole = whole;
    scope.onDocument("keydown", (event) => this.press(event));
    scope.onDocument("pointerdown", () => (this.isAllSelected = false));
    scope.onDocument("copy", (event) => this.copy(event));
  }

  private press(event: KeyboardEvent): void {
    const isOurs = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const { target, key } = event;
    if (!isOurs || event.defaultPrevented || document.querySelector("dialog:modal")) return;
    const isTyping = target instanceof Element && target.closest(TYPING) !== null;
    if (key === "p") this.print();
    // Pressed again inside the bar, the key opens the browser's own find.
    else if (key === "f" && !(isTyping && (target as Element).closest(".find-bar"))) this.whole.openFind();
    else if (key === "a" && !isTyping) this.selectAll();
    else return;
    event.preventDefault();
  }

  private print(): void {
    const path = `/sessions/${encodeURIComponent(this.whole.session)}/transcript/?whole=yes`;
    window.open(path, "_blank", "noopener");
  }

  private selectAll(): void {
    document.getSelection()?.selectAllChildren(this.whole.list);
    this.isAllSelected = true;
    void this.whole.readAll();
  }

  private copy(event: ClipboardEvent): void {
    if (!this.isAllSelected || !event.clipboardData) return;
    const { model, session } = this.whole;
    const texts = placesOf(model, session).map(({ row }) => textOfRow(row).trim());
    const isWhole = model.thread(session).start === 0;
    const lead = isWhole ? [] : ["[What came before has not been read yet.]"];
    event.clipboardData.setData("text/plain", [...lead, ...texts].filter(Boolean).join("\n\n"));
    event.preventDefault();
  }
}
