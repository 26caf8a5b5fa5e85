interface Bundle {
  drawFormula(tex: string, isDisplay: boolean, element: HTMLElement): boolean;
}

const SIGNED = /^(?:\$\$|\\\[|\\\(|\$)([^]*?)(?:\$\$|\\\]|\\\)|\$)$/;

/** Draws the formulas of texts; the library is loaded for the first one. */
class Formulas {
  private loading: Promise<Bundle | null> | null = null;
  private bundle: Bundle | null = null;

  /** Draw the formulas in an element, at once if that is possible. */
  draw(element: Element): void {
    const found = [...element.querySelectorAll<HTMLElement>(".math")];
    if (found.length === 0) return;
    if (this.bundle) return found.forEach((formula) => this.drawOne(formula));
    this.loading ??= this.load();
    void this.loading.then((bundle) => {
      this.bundle = bundle;
      if (bundle) for (const formula of found) if (formula.isConnected) this.drawOne(formula);
    });
  }

  private drawOne(formula: HTMLElement): void {
    const source = formula.textContent ?? "";
    const tex = SIGNED.exec(source)?.[1];
    if (tex === undefined || formula.firstElementChild) return;
    const isDisplay = source.startsWith("$$") || source.startsWith("\\[");
    if (this.bundle?.drawFormula(tex, isDisplay, formula)) formula.title = source;
  }

  private async load(): Promise<Bundle | null> {
    try {
      return (await import(new URL("./math.js", import.meta.url).href)) as Bundle;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.loading = null; // the library could not be loaded: the formula's source stays visible
      return null;
    }
  }
}

export const formulas = new Formulas();
