import type { SessionSummary } from "../../protocol.ts";
import { request } from "../../link/request.ts";
import { h, setText } from "../h.ts";

/** The sub-agents of a row, unfolded below it: each under the one that started it. */
export class FamilyTree {
  private readonly complain: (words: string) => void;
  private readonly items = new Map<string, HTMLElement>();

  constructor(complain: (words: string) => void) {
    this.complain = complain;
  }

  async toggle(row: HTMLElement, id: string, button: HTMLElement): Promise<void> {
    const shown = row.querySelector(":scope > .family");
    button.setAttribute("aria-expanded", `${!shown}`);
    if (shown) return shown.remove();
    const place = h("ul", { class: "family" });
    row.append(place);
    const path = `/sessions/${encodeURIComponent(id)}/family`;
    const { value, problem } = await request<{ sessions: SessionSummary[] }>("GET", path);
    this.complain(problem ?? "");
    for (const session of value?.sessions ?? []) this.add(place, session);
  }

  /** Show a change of a sub-agent, if it is unfolded. */
  update(session: SessionSummary): void {
    const item = this.items.get(session.id);
    if (item?.isConnected) return fill(item, session);
    const root = `.rows > [data-session="${CSS.escape(session.root)}"] > .family`;
    const place = document.querySelector<HTMLElement>(root);
    if (place) this.add(place, session);
  }

  private add(place: HTMLElement, session: SessionSummary): void {
    const item = h(
      "li",
      {},
      h("span", { class: "chip", "data-slot": "status" }),
      h("a", { href: `/sessions/${encodeURIComponent(session.id)}/`, dir: "auto" }),
      h("span", { class: "asks" }),
    );
    fill(item, session);
    this.items.set(session.id, item);
    const above = session.parent ? this.items.get(session.parent) : null;
    if (!above?.isConnected) return place.append(item);
    const below = above.querySelector(":scope > ul") ?? above.appendChild(h("ul", {}));
    below.append(item);
  }
}

function fill(item: HTMLElement, session: SessionSummary): void {
  const [chip, link, asks] = [...item.children] as HTMLElement[];
  if (!chip || !link || !asks) return;
  chip.dataset["status"] = session.status;
  setText(chip, session.status);
  setText(link, session.title || session.id);
  setText(asks, session.asks ? `${session.asks} to answer` : "");
}
