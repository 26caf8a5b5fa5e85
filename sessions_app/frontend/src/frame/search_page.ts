import type { Keys } from "../browser/keys.ts";

/** What scripts add to the search page: keys, and filters that apply when they are chosen. */
export function addToSearch(main: HTMLElement, keys: Keys): void {
  keys.add("/", "search: to the words", () => main.querySelector<HTMLElement>("[name=q]")?.focus());
  keys.add("j", "search: next place", () => step(main, 1));
  keys.add("k", "search: place before", () => step(main, -1));
  keys.add("s", "search: save it, or forget it", () => main.querySelector<HTMLElement>(".save-search button")?.click());
  main.querySelector("form")?.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLSelectElement) target.form?.requestSubmit();
  });
  main.querySelector("[name=q]")?.addEventListener("keydown", (event) => {
    if ((event as KeyboardEvent).key === "ArrowDown" && step(main, 1)) event.preventDefault();
  });
}

function step(main: HTMLElement, by: number): boolean {
  const places = [...main.querySelectorAll<HTMLElement>(".saved-search, .finds a, .recent-searches a")];
  const at = places.findIndex((place) => place === document.activeElement);
  const next = places[Math.max(0, Math.min(places.length - 1, at + by))];
  next?.focus();
  return next !== undefined;
}
