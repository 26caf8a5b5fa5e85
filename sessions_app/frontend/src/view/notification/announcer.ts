import type { Thread } from "../../model/thread.ts";
import { setText } from "../h.ts";

/** Announces turns and statuses to screen readers, never single words. */
export class Announcer {
  private readonly element: HTMLElement;
  private readonly thread: Thread;
  private said = "";

  constructor(element: HTMLElement, thread: Thread) {
    this.element = element;
    this.thread = thread;
  }

  /** `isLive` is false while the page catches up: old events are not announced. */
  update(isLive: boolean): void {
    const now = this.words();
    if (now === this.said) return;
    this.said = now;
    if (isLive) setText(this.element, now);
  }

  private words(): string {
    const { status, turn, open } = this.thread;
    const asks = [...open].filter((row) => row.ask && !row.answer);
    if (asks.length > 0) return `${asks[0]?.tool ?? "A tool"} needs your approval.`;
    if (status && status !== "running") return `The session is ${status}.`;
    return turn > 0 ? `Turn ${turn}.` : "";
  }
}
