import { count } from "../format.ts";
import type { Link } from "../../link/link.ts";
import { h, set, setText } from "../h.ts";

/** Shows the state of the page's connection. */
export class Badge {
  private readonly element: HTMLElement;
  private wasOpen = false;

  constructor(element: HTMLElement) {
    this.element = element;
  }

  update(link: Link): void {
    const { state } = link;
    this.wasOpen ||= state === "live" || state === "catching-up";
    set(this.element.dataset, "state", state);
    if (state === "signed-out") return this.offerSignIn();
    setText(this.element, this.words(link));
  }

  private words(link: Link): string {
    switch (link.state) {
      case "live":
        return "live";
      case "catching-up": {
        const all = [...link.subscriptions.values()];
        const read = all.reduce((total, each) => total + each.cursor, 0);
        const head = all.reduce((total, each) => total + each.head, 0);
        return head > read ? `catching up, ${count(head - read)} to go` : "catching up";
      }
      case "refused":
        return "stopped; reload the page";
      default:
        return this.wasOpen ? "reconnecting" : "connecting";
    }
  }

  private offerSignIn(): void {
    const next = encodeURIComponent(location.pathname);
    const link = h("a", { href: `/signin/?next=${next}` }, "sign in again");
    this.element.replaceChildren("signed out: ", link);
  }
}
