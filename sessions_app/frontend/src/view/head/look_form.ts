const YEAR_S = 31_536_000;

/** Light or dark, the contrast, and how close lines stand: a person's choices in this browser. */
const CHOICES = {
  theme: ["", "light", "dark"],
  contrast: ["", "more"],
  density: ["", "compact"],
} as const;
type Choice = keyof typeof CHOICES;

/**
 * The form that says how pages look. Cookies keep it, for the server reads them: no page first
 * appears in another look.
 */
export class LookForm {
  private readonly form: HTMLFormElement;

  constructor(form: HTMLFormElement) {
    this.form = form;
    form.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement && target.name in CHOICES) this.choose(target.name as Choice, target.value);
    });
    for (const name of Object.keys(CHOICES)) this.check(name as Choice);
  }

  /** Go on to the next value, as a key does. */
  next(name: Choice): void {
    const values: readonly string[] = CHOICES[name];
    const at = values.indexOf(chosen(name));
    this.choose(name, values[(at + 1) % values.length] ?? "");
  }

  private choose(name: Choice, value: string): void {
    const root = document.documentElement;
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
    document.cookie = `ringside_${name}=${value}; path=/; max-age=${value ? YEAR_S : 0}; samesite=lax`;
    this.check(name);
  }

  private check(name: Choice): void {
    const now = chosen(name);
    for (const radio of this.form.querySelectorAll<HTMLInputElement>(`[name=${name}]`)) radio.checked = radio.value === now;
  }
}

function chosen(name: Choice): string {
  return document.documentElement.dataset[name] ?? "";
}
