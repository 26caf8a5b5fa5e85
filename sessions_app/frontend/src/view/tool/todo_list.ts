import type { Input } from "../../model/row.ts";
import { h } from "../h.ts";

const MARK: Record<string, string> = { completed: "☑", in_progress: "◧", pending: "☐" };

/** The agent's own list of what there is to do. */
export function todoList(items: Input[]): HTMLElement {
  return h("ul", { class: "todo" }, ...items.map(itemView));
}

function itemView(item: Input): HTMLElement {
  const status = `${item["status"] ?? "pending"}`;
  const said = `${item["text"] ?? ""}`;
  const mark = h("span", { class: "todo-mark", "aria-label": status }, MARK[status] ?? "☐");
  return h("li", { "data-status": status }, mark, said);
}
