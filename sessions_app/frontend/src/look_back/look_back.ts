import type { Ground } from "./ground.ts";
import { OutlinePanel } from "./outline_panel.ts";

export type PanelName = "outline";

/** The ways to look back on a session; loaded when the first of them is asked for. */
export class LookBack {
  private readonly outline: OutlinePanel;

  constructor(ground: Ground) {
    this.outline = new OutlinePanel(ground);
  }

  open(name: PanelName): void {
    if (name === "outline") this.outline.toggle();
  }

  painted(): void {
    this.outline.painted();
  }
}
