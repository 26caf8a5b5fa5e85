type Bundle = typeof import("../markdown/markdown.ts");

/** Loads what reads markdown: no text is shown before, and pages without texts need it not. */
class MarkdownBundle {
  private loading: Promise<Bundle> | null = null;
  private loaded: Bundle | null = null;

  /** Resolves to false if the server is away; the next call tries again. */
  async load(): Promise<boolean> {
    try {
      this.loaded = await (this.loading ??= import(new URL("./markdown.js", import.meta.url).href));
      return true;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.loading = null;
      return false;
    }
  }

  async ready(act: () => void, complain: (words: string) => void): Promise<void> {
    if (await this.load()) act();
    else complain("Texts cannot be shown now: the server is away. Reload the page.");
  }

  get isLoaded(): boolean {
    return this.loaded !== null;
  }

  get bundle(): Bundle {
    if (!this.loaded) throw new Error("a text is shown before its bundle is loaded");
    return this.loaded;
  }
}

export const markdown = new MarkdownBundle();
