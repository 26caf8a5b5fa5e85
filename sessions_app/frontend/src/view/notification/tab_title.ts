import type { Model } from "../../model/model.ts";
import type { Thread } from "../../model/thread.ts";
import { set } from "../h.ts";
import { TabIcon } from "./tab_icon.ts";
import type { IconState } from "./tab_icon.ts";

/** Shows in the tab's title and icon what waits for a person. */
export class TabTitle {
  private readonly model: Model;
  private readonly thread: Thread;
  private readonly title = document.title;
  private readonly icon = new TabIcon();

  constructor(model: Model, thread: Thread) {
    this.model = model;
    this.thread = thread;
  }

  update(): void {
    const word = this.word();
    const wanted = word ? `${word} · ${this.title}` : this.title;
    set(document, "title", wanted);
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
