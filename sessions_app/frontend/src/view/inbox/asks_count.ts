import type { SessionSummary } from "../../protocol.ts";
import { setText } from "../h.ts";
import { TabIcon } from "../notification/tab_icon.ts";

/** How many tool calls wait for a person, in all sessions, in the page's head and icon. */
export class AsksCount {
  private readonly element: HTMLElement;
  private readonly asks = new Map<string, number>();
  /** Null on pages whose icon shows one session's state. */
  private readonly icon: TabIcon | null;

  constructor(element: HTMLElement, icon: TabIcon | null) {
    this.element = element;
    this.icon = icon;
  }

  /** Update from a `sessions` frame: the first one contains every waiting session. */
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
