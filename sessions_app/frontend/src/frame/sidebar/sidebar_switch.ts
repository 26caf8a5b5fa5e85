import type { Keys } from "../../browser/keys.ts";

// The server reads it, so that no page first appears in the other state.
const COOKIE = "ringside_sidebar";
const YEAR_S = 31_536_000;
const WIDE = "(width >= 1100px)"; // as in style/base/sidebar.css

/** Shows and hides the sidebar: beside the page in a wide window, as a sheet in others. */
export class SidebarSwitch {
  private readonly root: HTMLElement;
  private readonly opened: () => void;
  private readonly wide = matchMedia(WIDE);

  /** `opened` is called whenever the sidebar comes to sight. */
  constructor(root: HTMLElement, keys: Keys, opened: () => void) {
    this.root = root;
    this.opened = opened;
    for (const button of document.querySelectorAll("[data-act=sidebar]")) {
      button.addEventListener("click", () => this.toggle());
    }
    keys.add("b", "show or hide the sessions beside the page", () => this.toggle());
    this.wide.addEventListener("change", () => {
      this.close();
      if (this.isOpen) this.opened();
    });
  }

  /** True if the sidebar stands beside the page. */
  get isOpen(): boolean {
    return this.wide.matches && document.documentElement.dataset["sidebar"] !== "closed";
  }

  /** Close the sheet. */
  close(): void {
    if (this.root.matches(":popover-open")) this.root.hidePopover();
  }

  private toggle(): void {
    if (this.wide.matches) this.fold(this.isOpen);
    else this.root.togglePopover();
    this.opened();
  }

  private fold(isClosed: boolean): void {
    const { dataset } = document.documentElement;
    if (isClosed) dataset["sidebar"] = "closed";
    else delete dataset["sidebar"];
    document.cookie = `${COOKIE}=closed; path=/; max-age=${isClosed ? YEAR_S : 0}; samesite=lax`;
  }
}
