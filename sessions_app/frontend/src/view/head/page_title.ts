import type { Thread } from "../../model/thread.ts";
import { spellOutProse } from "../../text/spelled.ts";
import { set, setText } from "../h.ts";

const SUFFIX = " · Ringside";

/** The session's title: what its agent calls it, unless a person has named it. */
export class PageTitle {
  private readonly heading: HTMLElement | null;
  /** How much of what the agent says is the title; 0: a person has named the session. */
  private readonly agentsChars: number;
  private readonly thread: Thread;
  private words: string;

  /** `bar`: the page's part of the bar. */
  constructor(thread: Thread, bar: HTMLElement) {
    this.thread = thread;
    this.heading = bar.querySelector<HTMLElement>("h1");
    this.words = this.heading?.textContent ?? "";
    this.agentsChars = Number(this.heading?.dataset["agentsChars"] ?? 0);
  }

  get text(): string {
    return this.words;
  }

  /** The title of the tab, without what waits for a person. */
  get ofTab(): string {
    return this.words + SUFFIX;
  }

  update(): void {
    const { title = "" } = this.thread.agent.info ?? {};
    const chars = [...title.trim().replaceAll(/\s+/g, " ")].slice(0, this.agentsChars);
    const words = spellOutProse(chars.join(""));
    if (words === "" || words === this.words || !this.heading) return;
    this.words = words;
    setText(this.heading, words);
    set(this.heading, "title", words);
  }
}
