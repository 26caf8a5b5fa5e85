import type { Keyboard } from "../../browser/keys.ts";
import type { HelpDialog } from "../../palette/help_dialog.ts";
import type { Palette } from "../../palette/palette.ts";

type Bundle = typeof import("../../palette/bundle.ts");

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/** Opens the command palette and the help, whose bundle is loaded when first used. */
export class Finder {
  private readonly keyboard: Keyboard;
  private loading: Promise<{ palette: Palette; help: HelpDialog }> | null = null;

  constructor(keyboard: Keyboard) {
    this.keyboard = keyboard;
  }

  /** From now on Ctrl K (⌘ K) opens the palette, wherever the focus is. */
  listen(): void {
    document.addEventListener("keydown", (event) => {
      const isHeld = IS_APPLE ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
      if (event.key.toLowerCase() !== "k" || !isHeld || event.altKey || event.shiftKey) return;
      event.preventDefault();
      void this.loaded().then((bundle) => bundle?.palette.toggle());
    });
  }

  async help(): Promise<void> {
    (await this.loaded())?.help.show();
  }

  /** Null: the server is away; the next press tries again. */
  private async loaded(): Promise<{ palette: Palette; help: HelpDialog } | null> {
    try {
      return await (this.loading ??= this.load());
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.loading = null;
      return null;
    }
  }

  private async load(): Promise<{ palette: Palette; help: HelpDialog }> {
    const bundle = (await import(new URL("./palette.js", import.meta.url).href)) as Bundle;
    const { keyboard } = this;
    return { palette: new bundle.Palette(() => keyboard.shortcuts), help: new bundle.HelpDialog(keyboard) };
  }
}
