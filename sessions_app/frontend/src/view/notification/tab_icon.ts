export type IconState = "quiet" | "running" | "waiting" | "failed";

/** The tab's icon, which shows the session's state. */
export class TabIcon {
  private readonly link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  private shown: IconState = "quiet";

  show(state: IconState): void {
    const href = this.link?.dataset[state];
    if (!this.link || !href || state === this.shown) return;
    this.shown = state;
    this.link.href = href;
  }
}
