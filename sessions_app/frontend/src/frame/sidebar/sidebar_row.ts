import { ago } from "../../view/format.ts";
import { h, set, setText } from "../../view/h.ts";
import type { ListedSession } from "../../view/session_list/session_order.ts";

/** The line of one session in the sidebar. */
export class SidebarRow {
  readonly element = h("li", {});
  private readonly link = h("a", { class: "sidebar-row" });
  private readonly title = h("span", { class: "sidebar-title", dir: "auto" });
  private readonly news = h("span", { class: "sidebar-news" }, h("span", { class: "sr-only" }, "new"));
  private readonly line = h("span", { class: "sidebar-line" });
  private readonly asks = h("span", { class: "count" });

  constructor(session: string) {
    this.link.href = `/sessions/${encodeURIComponent(session)}/`;
    this.link.dataset["session"] = session;
    const dot = h("span", { class: "sidebar-dot", "aria-hidden": "true" });
    this.link.append(dot, this.title, this.news, this.asks, this.line);
    const beside = h("button", { type: "button", class: "icon beside-here", "data-beside": session, tabindex: "-1" }, "◫");
    beside.setAttribute("aria-label", "Open beside");
    beside.title = "Open beside (B)";
    this.element.append(this.link, beside);
  }

  fill({ summary, asks, group }: ListedSession, isUnread: boolean, isShown: boolean): void {
    const { link } = this;
    set(link.dataset, "state", group === "person" ? "waiting" : summary.status);
    setText(this.title, summary.title || summary.id);
    set(this.title, "title", summary.title);
    setText(this.asks, `${asks}`);
    set(this.asks, "hidden", asks === 0);
    set(this.news, "hidden", !isUnread);
    link.classList.toggle("unread", isUnread);
    if (isShown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    setText(this.line, lineOf(summary, asks));
  }
}

function lineOf({ status, updatedMs, model }: ListedSession["summary"], asks: number): string {
  if (asks > 0) return asks === 1 ? "needs your approval" : "needs your approvals";
  if (status === "waiting") return "waits for you";
  if (status === "queued") return "waits for a runner";
  if (status === "running") return ["at work", model].filter(Boolean).join(" · ");
  return `${status} · ${ago(updatedMs, Date.now())}`;
}
