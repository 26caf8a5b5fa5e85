import { set } from "../h.ts";

interface Badged {
  setAppBadge?(count: number): Promise<void>;
}

/** The tab's title: that of the page, after what waits in it, or how many calls wait anywhere. */
export class TabTitle {
  private title = document.title;
  private word = "";
  private waiting = 0;

  /** Another page is in front. */
  turn(title: string): void {
    this.title = title;
    this.say("");
  }

  /** What the page in front has to say of its session, and how that is called. */
  say(word: string, title = this.title): void {
    this.word = word;
    this.title = title;
    this.show();
  }

  /** So many calls wait for a person, in all sessions; the icon of an installed page has it, too. */
  count(waiting: number): void {
    if (waiting === this.waiting) return;
    this.waiting = waiting;
    this.show();
    void (navigator as Badged).setAppBadge?.(waiting);
  }

  private show(): void {
    const count = this.waiting > 0 ? `(${this.waiting}) ` : "";
    set(document, "title", (this.word ? `${this.word} · ` : count) + this.title);
  }
}
