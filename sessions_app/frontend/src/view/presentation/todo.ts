import type { Line } from "../code/line.ts";

const MARK: ReadonlyMap<unknown, string> = new Map([
  ["completed", "☑"],
  ["in_progress", "◧"],
  ["pending", "☐"],
]);

/** The agent's to-do list; `items` is unvalidated, as the agent wrote it. */
export function todoLines(items: unknown): Line[] {
  return itemsOf(items).map(({ said, status }) => ({
    text: said,
    gutter: MARK.get(status) ?? "☐",
    kind: status === "completed" ? "note" : status === "in_progress" ? "file" : "same",
  }));
}

/** "2 of 5 done" */
export function todoFigure(items: unknown): string {
  const all = itemsOf(items);
  const done = all.filter(({ status }) => status === "completed").length;
  return `${done} of ${all.length} done`;
}

function itemsOf(items: unknown): { said: string; status: unknown }[] {
  if (!Array.isArray(items)) return [];
  return items.map((item: unknown) => {
    if (typeof item !== "object" || item === null) return { said: `${item}`, status: "" };
    const { text, content, status } = item as Record<string, unknown>;
    return { said: `${text ?? content ?? ""}`, status };
  });
}
