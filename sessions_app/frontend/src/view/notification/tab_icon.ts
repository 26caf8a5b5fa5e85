export type IconState = "quiet" | "running" | "waiting" | "failed";

/** The tab's icon, which shows the session's state. */
export class TabIcon {
  private readonly link = document.querySelector<HTMLLinkElement>("link[rel=icon]");

  show(state: IconState): void {
    const href = this.link?.dataset[state];
    if (href && this.link?.getAttribute("href") !== href) this.link?.setAttribute("href", href);
  }
}
