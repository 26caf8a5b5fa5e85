import { h, set, setText } from "../view/h.ts";
import type { ListedSession } from "../view/session_list/session_order.ts";
import { TileLog } from "./tile_log.ts";
import type { TileLine } from "./tile_log.ts";

const MARKUP = /\*\*|__|`|^#+ /gm; // of Markdown, which a tile shows as plain text

/** A session on the wall: its title, what it asks, and the end of its log. */
export class Tile {
  readonly element = h("li", {});
  readonly log = new TileLog();
  readonly link = h("a", { class: "tile" });
  /** What has come has not been painted yet. */
  isDirty = true;
  private readonly title = h("span", { class: "tile-title", dir: "auto" });
  private readonly status = h("span", { class: "chip" });
  private readonly ask = h("span", { class: "tile-ask", dir: "auto" });
  private readonly lines = h("span", { class: "tile-lines", "aria-hidden": "true" });
  private listed: ListedSession | null = null;

  constructor(session: string) {
    this.link.href = `/sessions/${encodeURIComponent(session)}/`;
    this.link.dataset["session"] = session;
    const head = h("span", { class: "tile-head" }, this.title, this.status);
    this.link.append(head, this.ask, this.lines);
    this.element.append(this.link);
  }

  /** Show the session's row of the list. */
  list(listed: ListedSession): void {
    const { summary, group } = listed;
    this.listed = listed;
    set(this.link.dataset, "group", group);
    set(this.status.dataset, "status", summary.status);
    setText(this.status, summary.status);
    setText(this.title, summary.title || summary.id);
    this.isDirty = true;
  }

  paint(): void {
    this.isDirty = false;
    const ask = [...this.log.asks.values()][0] ?? "";
    const waits = this.listed?.group === "person" ? ask || "Waits for you" : "";
    setText(this.ask, waits && ask ? `Approve? ${ask}` : waits);
    set(this.ask, "hidden", waits === "");
    const { lines } = this;
    const wanted = this.log.lines;
    while (lines.childElementCount > wanted.length) lines.firstElementChild?.remove();
    while (lines.childElementCount < wanted.length) lines.append(h("span", {}));
    wanted.forEach((line, at) => fill(lines.children[at] as HTMLElement, line));
  }
}

function fill(element: HTMLElement, line: TileLine): void {
  set(element, "className", `tile-${line.kind}`);
  setText(element, line.kind === "text" ? line.text.replace(MARKUP, "") : line.text);
}
