import type { SessionSummary } from "../../protocol.ts";
import { setText } from "../h.ts";
import type { TabTitle } from "../notification/tab_title.ts";
import { TabIcon } from "../notification/tab_icon.ts";

/** How many tool calls wait for a person, in all sessions, in the page's head, title and icon. */
export class AsksCount {
  private readonly element: HTMLElement;
  private readonly asks = new Map<string, number>();
  private readonly title: TabTitle;
  private readonly icon = new TabIcon();
  private hasIcon = false;

  constructor(element: HTMLElement, title: TabTitle) {
    this.element = element;
    this.title = title;
  }

  /** Show it in the icon, too: not on a page whose icon shows one session's state. */
  useIcon(isMine: boolean): void {
    this.hasIcon = isMine;
    this.showIcon();
  }

  /** Update from a `sessions` frame: the first one contains every waiting session. */
  listed(rows: SessionSummary[]): void {
    for (const { id, asks } of rows) {
      if (asks > 0) this.asks.set(id, asks);
      else this.asks.delete(id);
    }
    setText(this.element, `${this.total}`);
    this.element.hidden = this.total === 0;
    this.title.count(this.total);
    this.showIcon();
  }

  private get total(): number {
    return [...this.asks.values()].reduce((sum, asks) => sum + asks, 0);
  }

  private showIcon(): void {
    if (this.hasIcon) this.icon.show(this.total > 0 ? "waiting" : "quiet");
  }
}
