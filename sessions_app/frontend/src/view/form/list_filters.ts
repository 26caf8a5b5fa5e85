const PAUSE_MS = 180; // ms without typing before the list is requested

/** The filters of the list: a form that works without scripts, and at once with them. */
export class ListFilters {
  private readonly form: HTMLFormElement | null;
  private timer = 0;

  constructor(form: HTMLFormElement | null, asked: () => void) {
    this.form = form;
    const ask = (afterMs: number) => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => {
        history.replaceState(null, "", this.isPlain ? "/" : `/?${this.query}`);
        this.leadDeeper();
        asked();
      }, afterMs);
    };
    form?.addEventListener("input", () => ask(PAUSE_MS));
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(0);
    });
  }

  /** The defaults: all sessions that are not archived, the last change first. */
  get isPlain(): boolean {
    return this.query === "";
  }

  /** The filters as a query string, without defaults and empty values. */
  get query(): string {
    const said = new URLSearchParams();
    for (const [name, value] of this.form ? new FormData(this.form) : []) {
      const isDefault = value === "" || (name === "sort" && value === "changed");
      if (typeof value === "string" && !isDefault) said.append(name, value);
    }
    return said.toString();
  }

  /** The list finds titles and prompts; this links to the search of whole logs. */
  private leadDeeper(): void {
    const link = this.form?.querySelector<HTMLAnchorElement>("[data-slot=deeper]");
    const text = this.form?.querySelector<HTMLInputElement>("[name=text]")?.value.trim() ?? "";
    if (!link) return;
    link.hidden = text === "";
    link.href = `/search/?q=${encodeURIComponent(text)}`;
  }

  focus(): void {
    this.form?.querySelector<HTMLInputElement>("[name=text]")?.focus();
  }
}
