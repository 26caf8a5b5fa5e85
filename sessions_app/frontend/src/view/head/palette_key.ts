import type { Shortcut } from "../../browser/keys.ts";
import type { Palette } from "../../palette/palette.ts";

type Bundle = typeof import("../../palette/palette.ts");

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/** Ctrl K (⌘ K) opens the command palette, wherever the focus is; its bundle is loaded then. */
export class PaletteKey {
  private readonly keys: { readonly shortcuts: readonly Shortcut[] };
  private loading: Promise<Palette> | null = null;

  constructor(keys: { readonly shortcuts: readonly Shortcut[] }) {
    this.keys = keys;
    document.addEventListener("keydown", (event) => {
      const isHeld = IS_APPLE ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
      if (event.key.toLowerCase() !== "k" || !isHeld || event.altKey || event.shiftKey) return;
      event.preventDefault();
      void this.open();
    });
  }

  async open(): Promise<void> {
    try {
      (await (this.loading ??= this.load())).toggle();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.loading = null; // the server is away: the next press tries again
    }
  }

  private async load(): Promise<Palette> {
    const bundle = (await import(new URL("./palette.js", import.meta.url).href)) as Bundle;
    return new bundle.Palette(() => this.keys.shortcuts);
  }
}
