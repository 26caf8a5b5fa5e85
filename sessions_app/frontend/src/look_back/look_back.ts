import type { Place } from "../model/navigation/place.ts";
import { FilesPanel } from "./files_panel.ts";
import type { LookBackHost } from "./host.ts";
import { OutlinePanel } from "./outline_panel.ts";
import { ReplayBar } from "./replay_bar.ts";

export type PanelName = "outline" | "files" | "replay";

/** Outline, changed files and replay; loaded when the first of them is opened. */
export class LookBack {
  private readonly outline: OutlinePanel;
  private readonly files: FilesPanel;
  private readonly replay: ReplayBar;

  constructor(host: LookBackHost) {
    this.outline = new OutlinePanel(host);
    this.files = new FilesPanel(host);
    this.replay = new ReplayBar(host);
  }

  open(name: PanelName): void {
    if (name === "outline") this.outline.toggle();
    else if (name === "files") this.files.toggle();
    else this.replay.toggleOn();
  }

  /** Open the files as they were left, beside the timeline. */
  reopenFiles(): void {
    void this.files.open(false);
  }

  painted(): void {
    this.outline.painted();
  }

  advance(nowMs: number): boolean {
    return this.replay.advance(nowMs);
  }

  /** Returns false if no replay handles the key. */
  press(key: string): boolean {
    return this.replay.press(key);
  }

  /** Move a running replay to a row; returns false if there is no replay. */
  replays({ session, row }: Place): boolean {
    // At its first event a block is still empty, so go to a later one.
    if (this.replay.isOn) this.replay.show(session, row.seqs[1] ?? Number(row.key));
    return this.replay.isOn;
  }

  endReplay(): void {
    this.replay.end();
  }
}
