import type { Shortcut } from "../browser/keys.ts";
import { isComposing } from "../browser/typing.ts";
import { spellOutProse } from "../text/spelled.ts";
import { h, setText } from "../view/h.ts";
import { actionsOf, linksOf, sessionsLike } from "./entries.ts";
import type { Entry, Hit } from "./entry.ts";
import { fuzzy } from "./fuzzy.ts";

const PAUSE_MS = 120; // ms without typing before sessions are requested
const GROUPS = ["Here", "Go to", "Sessions"] as const;
const NOTHING = { score: 0, at: [] };

/** The command palette: one field that finds actions, pages and sessions. */
export class Palette {
  private readonly shortcuts: () => readonly Shortcut[];
  private readonly input = h("input", {
    type: "text", role: "combobox", class: "finder-input", "aria-expanded": "true", "aria-controls": "finder-list",
    "aria-autocomplete": "list", "aria-label": "What to do, or where to go", placeholder: "What to do, or where to go",
    autocomplete: "off", spellcheck: "false",
  });
  private readonly list = h("div", { role: "listbox", id: "finder-list", class: "finder-list", "aria-label": "Found" });
  private readonly count = h("p", { class: "sr-only", role: "status" });
  private readonly dialog = h(
    "dialog", { class: "finder", "aria-label": "Command palette" }, this.input, this.list, this.count,
  );
  private near: readonly Entry[] = [];
  private sessions: readonly Entry[] = [];
  private shown: readonly Entry[] = [];
  private at = 0;
  private hasMoved = false; // whether a person has chosen an entry since they typed
  private timer = 0;

  constructor(shortcuts: () => readonly Shortcut[]) {
    this.shortcuts = shortcuts;
    document.body.append(this.dialog);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.dialog.addEventListener("click", ({ target }) => {
      if (target === this.dialog) return this.dialog.close(); // beside it
      const item = target instanceof Element ? target.closest<HTMLElement>("[data-at]") : null;
      if (item) this.go(Number(item.dataset["at"]), false);
    });
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays
  }

  toggle(): void {
    if (this.dialog.open) return this.dialog.close();
    if (document.querySelector("dialog:modal")) return;
    this.near = [...actionsOf(this.shortcuts()), ...linksOf(document)];
    this.input.value = "";
    this.dialog.showModal();
    this.input.focus();
    this.typed();
  }

  private typed(): void {
    clearTimeout(this.timer);
    this.hasMoved = false;
    const text = this.input.value.trim();
    this.timer = window.setTimeout(() => void this.ask(text), text === "" ? 0 : PAUSE_MS);
    this.show();
  }

  private async ask(text: string): Promise<void> {
    const found = await sessionsLike(text);
    if (!this.dialog.open || this.input.value.trim() !== text) return; // typed on meanwhile
    const chosen = this.hasMoved ? this.shown[this.at] : undefined;
    this.sessions = found;
    this.show(chosen);
  }

  /** Show what fits; `chosen` stays chosen when more is added below it. */
  private show(chosen?: Entry): void {
    const text = this.input.value.trim();
    const near = this.near.flatMap((entry): Hit[] => {
      const match = text === "" ? NOTHING : fuzzy(text, entry.words);
      return match ? [{ entry, match }] : [];
    });
    near.sort((a, b) => b.match.score - a.match.score);
    // Beside a good match, letters that are merely scattered over a sentence are noise.
    const least = (near[0]?.match.score ?? 0) / 2;
    while (near.length > 1 && (near.at(-1)?.match.score ?? 0) < least) near.pop();
    // The server found these, perhaps by words that their titles do not have.
    const far = this.sessions.map((entry): Hit => ({ entry, match: fuzzy(text, entry.words) ?? NOTHING }));
    const hits = [...near, ...far];
    const groups = text === "" ? ["Sessions", "Here", "Go to"] as const : GROUPS;
    const grouped = groups.map((group) => ({ group, hits: hits.filter(({ entry }) => entry.group === group) }));
    this.shown = grouped.flatMap((one) => one.hits.map(({ entry }) => entry));
    this.at = Math.max(0, chosen ? this.shown.findIndex(({ words }) => words === chosen.words) : 0);
    let at = 0;
    this.list.replaceChildren(
      ...grouped.filter((one) => one.hits.length > 0).map(({ group, hits: some }) => {
        const title = h("div", { class: "finder-group", "aria-hidden": "true" }, group);
        return h("div", { role: "group", "aria-label": group }, title, ...some.map((hit) => itemOf(hit, at++)));
      }),
    );
    setText(this.count, this.shown.length === 1 ? "1 result" : `${this.shown.length} results`);
    this.mark();
  }

  private press(event: KeyboardEvent): void {
    if (isComposing(event)) return;
    const { length } = this.shown;
    if (event.key === "ArrowDown") this.at = (this.at + 1) % Math.max(1, length);
    else if (event.key === "ArrowUp") this.at = (this.at + length - 1) % Math.max(1, length);
    else if (event.key === "Enter") this.go(this.at, event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
    this.hasMoved = true;
    this.mark();
  }

  private go(at: number, isBeside: boolean): void {
    const entry = this.shown[at];
    if (!entry) return;
    this.dialog.close();
    if (isBeside && entry.href) window.open(entry.href, "_blank", "noopener");
    else entry.act();
  }

  private mark(): void {
    const items = [...this.list.querySelectorAll<HTMLElement>("[data-at]")];
    for (const [i, item] of items.entries()) item.setAttribute("aria-selected", `${i === this.at}`);
    const item = items[this.at];
    item?.scrollIntoView({ block: "nearest" });
    if (item) this.input.setAttribute("aria-activedescendant", item.id);
    else this.input.removeAttribute("aria-activedescendant");
  }
}

function itemOf({ entry, match }: Hit, at: number): HTMLElement {
  const given = { class: "finder-item", role: "option", id: `finder-${at}`, "data-at": `${at}` };
  const words = h("span", { class: "finder-words", dir: "auto" }, ...marked(entry.words, match.at));
  if (!entry.note) return h("div", given, words);
  const isKey = entry.group === "Here";
  return h("div", given, words, isKey ? h("kbd", {}, entry.note) : h("span", { class: "finder-note" }, entry.note));
}

/** The text, with the letters that were typed marked. */
function marked(text: string, at: readonly number[]): (string | HTMLElement)[] {
  const parts: (string | HTMLElement)[] = [];
  let from = 0;
  for (let i = 0; i < at.length; ) {
    const start = at[i] ?? 0;
    let end = start + 1;
    for (i++; at[i] === end; i++) end++;
    parts.push(text.slice(from, start), h("b", {}, spellOutProse(text.slice(start, end))));
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}
