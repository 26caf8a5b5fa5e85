import type { Keys } from "../../browser/keys.ts";

const OPEN = ".approval.open";
const CARD = ".ask-card, [data-state=asking]";

/** Keys that answer what the focused card asks, of those in a page. */
export function addAnswerKeys(keys: Keys, page: HTMLElement): void {
  const press = (answer: string) => (event: KeyboardEvent) => {
    const button = barOf(event.target)?.querySelector<HTMLElement>(`[data-answer=${answer}]`);
    button?.click();
    return button !== null && button !== undefined;
  };
  keys.add("n", "go to the next question", () => focusNext(page));
  keys.add("a", "approve what the focused card asks", press("approve"));
  keys.add("s", "approve it for the session", press("session"));
  keys.add("e", "edit it first", press("edit"));
  keys.add("d", "deny it: say why, or just Enter", press("why"));
}

function barOf(target: EventTarget | null): Element | null {
  if (!(target instanceof Element)) return null;
  return target.closest(OPEN) ?? target.closest(CARD)?.querySelector(OPEN) ?? null;
}

function focusNext(page: HTMLElement): boolean {
  const bars = [...page.querySelectorAll<HTMLElement>(OPEN)];
  const here = barOf(document.activeElement);
  const next = bars[(here ? bars.indexOf(here as HTMLElement) + 1 : 0) % bars.length];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return next !== undefined;
}
