import { keep } from "../../browser/keep.ts";
import { isPushOn } from "../../browser/push_mark.ts";
import type { PageScope } from "../../browser/page_scope.ts";
import type { Model } from "../../model/model.ts";
import type { Thread } from "../../model/thread.ts";
import { request } from "../../link/request.ts";
import type { PageTitle } from "../head/page_title.ts";
import { news } from "./news.ts";
import type { Standing } from "./news.ts";

const WANTED = "ringside_notify"; // key in localStorage; its value is "on", or it is missing

/**
 * Shows browser notifications for what needs a person while the tab is hidden. Asks for
 * permission only when its button is pressed. Where the server tells this browser of sessions
 * anyway, the button mutes the session, and nothing is told twice.
 */
export class Notifier {
  private readonly button: HTMLButtonElement;
  private readonly model: Model;
  private readonly thread: Thread;
  private readonly title: PageTitle;
  private before: Standing | null = null;

  constructor(button: HTMLButtonElement, model: Model, thread: Thread, scope: PageScope, title: PageTitle) {
    this.button = button;
    this.model = model;
    this.thread = thread;
    this.title = title;
    button.addEventListener("click", () => void this.toggle());
    // Another tab may turn it off.
    scope.onWindow("storage", () => this.label());
    this.label();
  }

  /** `isLive` is false while the page catches up: old events cause no notification. */
  update(isLive: boolean): void {
    if (!isLive) return;
    const { status, statusSeq } = this.thread;
    const now = { asks: this.model.askCount, status, statusSeq };
    const words = this.before && news(this.before, now);
    this.before = now;
    if (words && document.hidden && this.isOn && !isPushOn()) this.tell(words);
  }

  private get isOn(): boolean {
    if (isPushOn()) return !("muted" in this.button.dataset);
    return Notification.permission === "granted" && localStorage.getItem(WANTED) === "on";
  }

  private async toggle(): Promise<void> {
    if (isPushOn()) return this.mute(this.isOn);
    if (this.isOn) localStorage.removeItem(WANTED);
    else if ((await Notification.requestPermission()) === "granted") {
      keep(localStorage, WANTED, "on");
    }
    this.label();
  }

  private async mute(isMuted: boolean): Promise<void> {
    const path = `/sessions/${encodeURIComponent(this.thread.id)}/mute`;
    const { problem } = await request(isMuted ? "PUT" : "DELETE", path);
    if (!problem && isMuted) this.button.dataset["muted"] = "";
    else if (!problem) delete this.button.dataset["muted"];
    this.label();
    if (problem) this.button.title = problem;
  }

  private tell(words: string): void {
    // One notification per session: a new one replaces the last.
    const notification = new Notification(words, { body: this.title.text, tag: this.thread.id });
    notification.addEventListener("click", () => {
      window.focus();
      notification.close();
    });
  }

  private label(): void {
    const { button } = this;
    const isDenied = Notification.permission === "denied";
    button.hidden = false;
    button.disabled = isDenied;
    button.setAttribute("aria-pressed", `${this.isOn}`);
    button.title = isDenied
      ? "This browser was told not to show notifications of this site"
      : isPushOn()
      ? "Tell me of this session, also with no page open"
      : "Tell me when this tab is hidden and an agent needs approval, is done or failed";
  }
}

/** Only where a page may notify: on secure origins, and not on phones. */
export function notifierOf(
  model: Model,
  thread: Thread,
  scope: PageScope,
  bar: HTMLElement,
  title: PageTitle,
): Notifier | null {
  const button = bar.querySelector<HTMLButtonElement>("[data-act=notify]");
  const isDesk = matchMedia("(any-pointer: fine)").matches;
  const isAble = isSecureContext && "Notification" in window && isDesk;
  return button && isAble ? new Notifier(button, model, thread, scope, title) : null;
}
