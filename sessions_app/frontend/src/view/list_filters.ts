const PAUSE_MS = 180; // of typing, before the list is asked for

/** What a person asks of the list: a form that works without us, and at once with us. */
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

  /** The list as it is by itself: all that is not archived, the latest change first. */
  get isPlain(): boolean {
    return this.query === "";
  }

  /** As the page's address has it, without what says nothing. */
  get query(): string {
    const said = new URLSearchParams();
    for (const [name, value] of this.form ? new FormData(this.form) : []) {
      const isDefault = value === "" || (name === "sort" && value === "changed");
      if (typeof value === "string" && !isDefault) said.append(name, value);
    }
    return said.toString();
  }

  /** The list knows titles and prompts; all that was said is searched elsewhere. */
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
