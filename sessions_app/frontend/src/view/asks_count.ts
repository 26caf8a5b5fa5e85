import type { SessionSummary } from "../protocol.ts";
import { setText } from "./h.ts";
import { TabIcon } from "./tab_icon.ts";

/** How many tool calls wait for a person, in all sessions, in the page's head and icon. */
export class AsksCount {
  private readonly element: HTMLElement;
  private readonly asks = new Map<string, number>();
  /** Null where the icon tells of one session. */
  private readonly icon: TabIcon | null;

  constructor(element: HTMLElement, icon: TabIcon | null) {
    this.element = element;
    this.icon = icon;
  }

  /** Take what the server tells of the list: all that wait come with its first word. */
  listed(rows: SessionSummary[]): void {
    for (const { id, asks } of rows) {
      if (asks > 0) this.asks.set(id, asks);
      else this.asks.delete(id);
    }
    const total = [...this.asks.values()].reduce((sum, asks) => sum + asks, 0);
    setText(this.element, `${total}`);
    this.element.hidden = total === 0;
    this.icon?.show(total > 0 ? "waiting" : "quiet");
  }
}
