import { set } from "../h.ts";

/** The kind of an item, as its neighbours' styles need it. */
const KINDS = ["tool-part", "tool", "raw", "continued"] as const;

/**
 * Tell each item's element what stands above and below it, as `data-above` and `data-below`;
 * `data-wide` says that what is below is wider than the column.
 *
 * Styles ask for these: `+` and `:has(+ …)` would make a browser find the style of all that
 * is in sight anew, whenever one item comes or goes.
 */
export function tellNeighbours(elements: readonly HTMLElement[]): void {
  const kinds = elements.map(kindOf);
  elements.forEach(({ dataset }, i) => {
    set(dataset, "above", kinds[i - 1] ?? "");
    set(dataset, "below", kinds[i + 1] ?? "");
    set(dataset, "wide", elements[i + 1]?.classList.contains("columns") ? "below" : "");
  });
}

function kindOf({ classList }: HTMLElement): string {
  return KINDS.find((kind) => classList.contains(kind)) ?? "";
}
