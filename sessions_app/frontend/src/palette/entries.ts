import type { Shortcut } from "../browser/keys.ts";
import { request } from "../link/request.ts";
import type { ListPageData } from "../view/session_list/session_row.ts";
import type { Entry } from "./entry.ts";

const SHOWN_SESSIONS = 12;
const CAPS: Readonly<Record<string, string>> = { " ": "Space", ArrowLeft: "←", ArrowRight: "→" };
const LINKS = "header a[href]:not(.skip), .session-head a[href]";

/** All that the page's keys do, by their own words. */
export function actionsOf(shortcuts: readonly Shortcut[]): Entry[] {
  return shortcuts.map(({ key, words, act }) => ({
    group: "Here",
    words: words.charAt(0).toUpperCase() + words.slice(1),
    note: CAPS[key] ?? key,
    href: "",
    act: () => void act(new KeyboardEvent("keydown", { key })),
  }));
}

/** All that the page's head leads to, by its own words. */
export function linksOf(page: ParentNode): Entry[] {
  const links = [...page.querySelectorAll<HTMLAnchorElement>(LINKS)];
  const buttons = [...page.querySelectorAll<HTMLButtonElement>("header button[type=submit]")];
  const entry = (from: HTMLElement, href: string): Entry => ({
    group: "Go to",
    words: from.getAttribute("aria-label") ?? from.textContent?.replaceAll(/\s+/g, " ").trim() ?? "",
    note: "",
    href,
    act: () => from.click(),
  });
  return [...links.map((link) => entry(link, link.href)), ...buttons.map((button) => entry(button, ""))];
}

/** Sessions whose title, prompt or log has a text, as the list finds them. */
export async function sessionsLike(text: string): Promise<Entry[]> {
  const { value } = await request<ListPageData>("GET", `/sessions/list?text=${encodeURIComponent(text)}`);
  return (value?.rows ?? []).slice(0, SHOWN_SESSIONS).map(({ session, asks }) => {
    const href = `/sessions/${encodeURIComponent(session.id)}/`;
    return {
      group: "Sessions",
      words: session.title || session.id,
      note: asks > 0 ? `${asks} to answer` : session.status,
      href,
      act: () => follow(href),
    };
  });
}

/** Go to an address by a link, as a click does: a page may switch without loading anew. */
function follow(href: string): void {
  const link = document.createElement("a");
  link.href = href;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}
