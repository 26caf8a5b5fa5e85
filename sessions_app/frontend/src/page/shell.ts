import { Keys } from "../browser/keys.ts";
import type { SessionSummary } from "../protocol.ts";
import { AsksCount } from "../view/inbox/asks_count.ts";
import { HelpDialog } from "../view/head/help_dialog.ts";
import { TabIcon } from "../view/notification/tab_icon.ts";
import { ThemeSwitch } from "../view/head/theme_switch.ts";

/** The parts of every page: shortcuts, help, theme, and the count of pending approvals. */
export class Shell {
  readonly keys = new Keys();
  /** False for visitors with a share link: they have no inbox. */
  readonly hasInbox: boolean;
  private readonly asks: AsksCount | null;

  constructor() {
    const count = document.querySelector<HTMLElement>("header [data-slot=asks]");
    const isOfOne = document.querySelector("[data-page=session]") !== null;
    this.asks = count ? new AsksCount(count, isOfOne ? null : new TabIcon()) : null;
    this.hasInbox = this.asks !== null;
    const help = new HelpDialog(this.keys);
    this.press("help", () => help.show());
    this.keys.add("?", "this help", () => help.show());
    this.addTheme();
    this.keys.add("l", "all sessions", () => location.assign("/"));
    if (this.asks) this.keys.add("i", "inbox", () => location.assign("/inbox/"));
  }

  listed(rows: SessionSummary[]): void {
    this.asks?.listed(rows);
  }

  private addTheme(): void {
    const button = document.querySelector<HTMLElement>("header [data-act=theme]");
    if (!button) return;
    const theme = new ThemeSwitch(button);
    this.keys.add("t", "light, dark, as the system", () => theme.next());
  }

  private press(act: string, then: () => void): void {
    document.querySelector(`header [data-act=${act}]`)?.addEventListener("click", then);
  }
}
