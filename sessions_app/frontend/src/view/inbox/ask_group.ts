import { plural } from "../format.ts";
import { h, setText } from "../h.ts";
import type { ApprovalBar } from "../approval/approval_bar.ts";

const SETTLE_MS = 800; // ms after a change in which nothing can be approved together

/** One question of a group, as its card. */
export interface GroupedCard {
  readonly element: HTMLElement;
  readonly bar: ApprovalBar;
}

/** The questions of one main session and its sub-agents, under one head. */
export class AskGroup {
  readonly element: HTMLElement;
  private readonly list: HTMLElement;
  private readonly count = h("span", { class: "ask-group-count" });
  private readonly together = h("button", { type: "button", class: "button" });
  private readonly hint = h("span", { class: "hint" });
  private readonly cards = new Set<GroupedCard>();
  /** Cards whose head and whose buttons have both been in sight. */
  private readonly seen = new Map<Element, Set<string>>();
  private readonly sight: IntersectionObserver;
  private settledAtMs = 0;

  constructor(root: string, title: string, workdir: string, owner: string) {
    const id = `group-${root}`;
    const link = h("a", { href: `/sessions/${encodeURIComponent(root)}/`, dir: "auto" }, title || root);
    const where = h("span", { class: "ask-group-where" }, [workdir, owner].filter(Boolean).join(" · "));
    this.list = h("ul", { class: "ask-group-cards" });
    this.element = h(
      "section",
      { class: "ask-group", "aria-labelledby": id, "data-root": root },
      h("div", { class: "ask-group-head" }, h("h2", { id }, link), this.count, where, this.hint, this.together),
      this.list,
    );
    this.together.addEventListener("click", () => this.approveAll());
    this.sight = new IntersectionObserver((entries) => this.looked(entries));
  }

  get isEmpty(): boolean {
    return this.list.childElementCount === 0;
  }

  add(card: GroupedCard): void {
    this.cards.add(card);
    this.list.append(card.element);
    for (const part of card.element.querySelectorAll(".ask-what, .approval")) this.sight.observe(part);
    this.changed();
  }

  /** Cards have come, gone, or shown more. */
  changed(): void {
    for (const card of this.cards) if (!card.element.isConnected) this.cards.delete(card);
    const open = this.list.querySelectorAll(".approval.open").length;
    setText(this.count, plural(open, "question"));
    const ready = this.ready.length;
    const rest = open - ready;
    this.together.hidden = open < 2 || ready === 0;
    setText(this.together, rest === 0 ? `Approve all ${ready}` : `Approve ${ready} of ${open}`);
    setText(this.hint, open > 1 && rest > 0 ? `${rest} to be looked at first` : "");
    // Who is about to click must not approve what has just come.
    this.together.disabled = true;
    this.settledAtMs = performance.now() + SETTLE_MS;
    window.setTimeout(() => {
      if (performance.now() >= this.settledAtMs) this.together.disabled = false;
    }, SETTLE_MS + 10);
  }

  /** The questions that were shown whole, and that a yes alone answers. */
  private get ready(): readonly GroupedCard[] {
    return [...this.cards].filter(({ element, bar }) => bar.isPlain && this.seen.get(element)?.size === 2);
  }

  private looked(entries: readonly IntersectionObserverEntry[]): void {
    let isNews = false;
    for (const { target, isIntersecting } of entries) {
      const card = target.closest(".ask-card");
      if (!card || !isIntersecting) continue;
      const parts = this.seen.get(card) ?? new Set();
      parts.add(target.classList.contains("approval") ? "buttons" : "head");
      this.seen.set(card, parts);
      isNews ||= parts.size === 2;
      this.sight.unobserve(target);
    }
    if (isNews) this.changed();
  }

  private approveAll(): void {
    for (const { bar } of this.ready) bar.approveOnce();
  }
}
