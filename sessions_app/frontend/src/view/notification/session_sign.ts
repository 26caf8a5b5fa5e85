import type { Model } from "../../model/model.ts";
import type { Thread } from "../../model/thread.ts";
import { PageTitle } from "../head/page_title.ts";
import { TabIcon } from "./tab_icon.ts";
import type { IconState } from "./tab_icon.ts";
import type { TabTitle } from "./tab_title.ts";

/** Shows how a session is called, in bar and tab; in the tab also what it does, and what waits in it. */
export class SessionSign {
  readonly title: PageTitle;
  private readonly model: Model;
  private readonly thread: Thread;
  private readonly tabTitle: TabTitle;
  private readonly icon = new TabIcon();

  constructor(model: Model, thread: Thread, tabTitle: TabTitle, bar: HTMLElement) {
    this.model = model;
    this.thread = thread;
    this.title = new PageTitle(thread, bar);
    this.tabTitle = tabTitle;
  }

  /** The tab is that of the page in front. */
  update(isInFront: boolean): void {
    this.title.update();
    if (!isInFront) return;
    this.tabTitle.say(this.word(), this.title.ofTab);
    this.icon.show(this.state());
  }

  private word(): string {
    const asks = this.model.askCount;
    if (asks > 0) return `(${asks}) approve`;
    return this.thread.status === "failed" ? "failed" : "";
  }

  private state(): IconState {
    if (this.model.askCount > 0) return "waiting";
    const { status } = this.thread;
    return status === "waiting" || status === "running" || status === "failed" ? status : "quiet";
  }
}
