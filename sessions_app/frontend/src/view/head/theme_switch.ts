// The server reads it, so that no page first appears in the other theme.
const COOKIE = "ringside_theme";
const YEAR_S = 31_536_000;
const THEMES = ["", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const WORDS: Record<Theme, string> = { "": "as the system says", light: "light", dark: "dark" };

/** A button that cycles through the themes: system, light, dark. */
export class ThemeSwitch {
  private readonly button: HTMLElement;

  constructor(button: HTMLElement) {
    this.button = button;
    button.addEventListener("click", () => this.next());
    this.label();
  }

  next(): void {
    const at = THEMES.indexOf(this.theme);
    const theme = THEMES[(at + 1) % THEMES.length] ?? "";
    if (theme) document.documentElement.dataset["theme"] = theme;
    else delete document.documentElement.dataset["theme"];
    const age = theme ? YEAR_S : 0;
    document.cookie = `${COOKIE}=${theme}; path=/; max-age=${age}; samesite=lax`;
    this.label();
  }

  private get theme(): Theme {
    const said = document.documentElement.dataset["theme"];
    return THEMES.find((theme) => theme === said) ?? "";
  }

  private label(): void {
    const words = `Theme: ${WORDS[this.theme]}`;
    this.button.setAttribute("aria-label", words);
    this.button.title = words;
  }
}
