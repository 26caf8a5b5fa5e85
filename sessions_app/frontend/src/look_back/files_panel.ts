import { keep } from "../browser/keep.ts";
import { BaseView } from "../review/base_view.ts";
import { h, setText } from "../view/h.ts";
import { CallsView } from "./calls_view.ts";
import type { FilesView } from "../review/files_view.ts";
import type { LookBackHost } from "./host.ts";

const BESIDE_PX = 1_004; // from this width of a session on, it is beside the timeline
const IS_KEPT = "ringside files open"; // in localStorage: it stays open

type ViewName = "base" | "calls";

/** The files that a session has changed: beside the timeline, on narrow screens over it. */
export class FilesPanel {
  private readonly element: HTMLDialogElement;
  private readonly host: LookBackHost;
  private readonly state = h("span", { class: "panel-state", role: "status" });
  private readonly views: Readonly<Record<ViewName, FilesView>>;
  private readonly tabs: Readonly<Record<ViewName, HTMLButtonElement>>;
  private readonly base: BaseView;
  private readonly calls: CallsView;
  private shown: ViewName | null = null;

  constructor(host: LookBackHost) {
    this.host = host;
    const tell = (name: ViewName) => (words: string) => {
      if (this.shown === name) setText(this.state, words);
    };
    this.base = new BaseView(host, tell("base"));
    this.calls = new CallsView(this.leaving(host), tell("calls"));
    this.views = { base: this.base, calls: this.calls };
    this.tabs = { base: this.tab("base", "Against base"), calls: this.tab("calls", "By call") };
    const close = h("button", { type: "button", class: "icon", "aria-label": "Close the files" }, "×");
    close.addEventListener("click", () => this.close());
    const tabs = h("div", { class: "tabs", role: "group", "aria-label": "Compare" }, this.tabs.base, this.tabs.calls);
    const head = h("div", { class: "panel-head" }, h("h2", {}, "Files"), tabs, this.state, close);
    const views = Object.values(this.views).map((view) => view.element);
    this.element = h("dialog", { class: "panel files", "aria-label": "Files changed" }, head, ...views);
    this.element.addEventListener("cancel", () => this.close());
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      this.close();
    });
    this.element.addEventListener("click", ({ target }) => {
      if (target === this.element) this.close(); // a click outside the panel
    });
    host.stage.append(this.element);
    new ResizeObserver(() => this.fit()).observe(host.main);
  }

  /** Make way where a narrower window has no room for both, and come back with the room. */
  private fit(): void {
    const { clientWidth } = this.host.main;
    if (clientWidth === 0) return; // the session is not shown
    const isBeside = this.element.open && !this.element.matches(":modal");
    if (isBeside && clientWidth < BESIDE_PX) {
      this.element.close();
      this.host.main.classList.remove("reviewing");
    } else if (localStorage.getItem(IS_KEPT)) {
      void this.open(false);
    }
  }

  toggle(): void {
    if (this.element.open && !this.element.matches(":modal")) this.close();
    else void this.open(true);
  }

  /** Open it; `isAsked` takes the focus, as a person has asked for it. */
  async open(isAsked: boolean): Promise<void> {
    if (this.element.open) return;
    const isBeside = this.host.main.clientWidth >= BESIDE_PX;
    if (!isBeside && !isAsked) return;
    if (isBeside) this.element.show();
    else this.element.showModal();
    this.host.main.classList.toggle("reviewing", isBeside);
    if (isBeside) keep(localStorage, IS_KEPT, "yes");
    setText(this.state, "Reading");
    const name = await this.filled();
    if (!this.element.open) return;
    this.select(this.shown ?? name);
    if (isAsked) this.views[this.shown ?? name].focus();
  }

  /** The view that has something to show; where neither has, what git says. */
  private async filled(): Promise<ViewName> {
    const content = await this.base.content();
    if (content === "something") return "base";
    return content === "uncompared" || this.calls.hasFiles ? "calls" : "base";
  }

  private close(): void {
    this.element.close();
    this.host.main.classList.remove("reviewing");
    localStorage.removeItem(IS_KEPT);
    if (this.shown) this.views[this.shown].hide();
    this.host.leave();
  }

  private select(name: ViewName): void {
    for (const [each, view] of Object.entries(this.views)) {
      const isShown = each === name;
      view.element.hidden = !isShown;
      this.tabs[each as ViewName].setAttribute("aria-pressed", `${isShown}`);
      if (!isShown) view.hide();
    }
    this.shown = name;
    this.views[name].show();
  }

  private tab(name: ViewName, words: string): HTMLButtonElement {
    const made = h("button", { type: "button", class: "tab", "aria-pressed": "false" }, words);
    made.addEventListener("click", () => {
      this.select(name);
      this.views[name].focus();
    });
    return made;
  }

  /** A sheet over the timeline closes before the timeline shows a place. */
  private leaving(host: LookBackHost): LookBackHost {
    const show: LookBackHost["show"] = (place) => {
      this.left();
      host.show(place);
    };
    return { ...host, show };
  }

  private left(): void {
    if (this.element.matches(":modal")) this.close();
  }
}
