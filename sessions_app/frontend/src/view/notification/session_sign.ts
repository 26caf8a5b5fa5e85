import type { Model } from "../../model/model.ts";
import type { Thread } from "../../model/thread.ts";
import type { PageTitle } from "../head/page_title.ts";
import { TabIcon } from "./tab_icon.ts";
import type { IconState } from "./tab_icon.ts";
import type { TabTitle } from "./tab_title.ts";

/** Shows in the tab's title and icon what a session does, and what waits in it for a person. */
export class SessionSign {
  private readonly model: Model;
  private readonly thread: Thread;
  private readonly title: PageTitle;
  private readonly tabTitle: TabTitle;
  private readonly icon = new TabIcon();

  constructor(model: Model, thread: Thread, title: PageTitle, tabTitle: TabTitle) {
    this.model = model;
    this.thread = thread;
    this.title = title;
    this.tabTitle = tabTitle;
  }

  update(): void {
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
