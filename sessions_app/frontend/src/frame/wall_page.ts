import { Loop } from "../browser/loop.ts";
import { Socket } from "../link/socket.ts";
import type { FramedPage, Shell } from "../page/shell.ts";
import { Badge } from "../view/head/badge.ts";
import { setText } from "../view/h.ts";
import type { Wall } from "../wall/wall.ts";

type Bundle = typeof import("../wall/wall.ts");

/** The page of the wall; its bundle is loaded when the page is first opened. */
export class WallPage implements FramedPage {
  private readonly main: HTMLElement;
  private readonly shell: Shell;
  private readonly badge: Badge;
  private wall: Wall | null = null;
  private isParked = false;

  constructor(main: HTMLElement, badge: HTMLElement, shell: Shell) {
    this.main = main;
    this.shell = shell;
    this.badge = new Badge(badge);
    shell.keys.add("Enter", "wall: enter the first session", () => this.enterFirst());
    for (const key of ["ArrowRight", "ArrowDown"]) {
      shell.keys.add(key, "wall: go through the tiles", () => this.focusFirst());
    }
  }

  start(): void {
    const { roster, scope } = this.shell;
    roster?.wantAll();
    roster?.tell({ listed: () => this.changed(), changed: () => this.changed() }, scope.signal);
    this.changed();
    void this.load();
  }

  park(): boolean {
    this.isParked = true;
    this.wall?.park();
    return this.wall !== null;
  }

  show(): void {
    this.isParked = false;
    this.wall?.show();
    this.changed();
  }

  complain(words: string): void {
    const place = this.main.querySelector<HTMLElement>("[data-slot=problem]");
    if (!place) return;
    place.hidden = words === "";
    setText(place, words);
  }

  private changed(): void {
    if (this.shell.roster && !this.isParked) this.badge.update(this.shell.roster.link);
  }

  private async load(): Promise<void> {
    const { roster, scope } = this.shell;
    if (!roster) return;
    try {
      const bundle = (await import(new URL("./wall.js", import.meta.url).href)) as Bundle;
      if (scope.signal.aborted) return;
      const wall = new bundle.Wall({
        main: this.main,
        roster,
        scope,
        makeLoop: (flush) => new Loop(flush, scope.signal),
        makeSocket: (listener, loop) => new Socket(listener, loop, scope.signal),
      });
      this.wall = wall;
      wall.isParked = this.isParked;
      wall.start();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.complain(`The wall cannot be loaded now: ${error.message}. Reload the page.`);
    }
  }

  private get first(): HTMLElement | null {
    return this.main.querySelector<HTMLElement>(".tile");
  }

  private enterFirst(): boolean {
    if (document.activeElement !== document.body) return false;
    this.first?.click();
    return this.first !== null;
  }

  private focusFirst(): boolean {
    if (document.activeElement?.closest(".tile")) return false;
    this.first?.focus();
    return this.first !== null;
  }
}
