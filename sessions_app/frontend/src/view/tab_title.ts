import type { Model } from "../model/model.ts";
import type { Thread } from "../model/thread.ts";

/** The tab's title says what waits for a person, for one who looks elsewhere. */
export class TabTitle {
  private readonly model: Model;
  private readonly thread: Thread;
  private readonly title = document.title;

  constructor(model: Model, thread: Thread) {
    this.model = model;
    this.thread = thread;
  }

  update(): void {
    const word = this.word();
    const wanted = word ? `${word} · ${this.title}` : this.title;
    if (document.title !== wanted) document.title = wanted;
  }

  private word(): string {
    const asks = this.model.askCount;
    if (asks > 0) return `(${asks}) approve`;
    return this.thread.status === "failed" ? "failed" : "";
  }
}
