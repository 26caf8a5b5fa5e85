import type { Place } from "../model/place.ts";
import { FilesPanel } from "./files_panel.ts";
import type { LookBackHost } from "./host.ts";
import { OutlinePanel } from "./outline_panel.ts";
import { ReplayBar } from "./replay_bar.ts";

export type PanelName = "outline" | "files" | "replay";

/** The ways to look back on a session; loaded when the first of them is asked for. */
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
    else if (name === "files") this.files.show();
    else this.replay.toggleOn();
  }

  painted(): void {
    this.outline.painted();
  }

  advance(nowMs: number): boolean {
    return this.replay.advance(nowMs);
  }

  /** Returns false when it was not for the replay. */
  press(key: string): boolean {
    return this.replay.press(key);
  }

  /** A replay goes to where a row tells of something; returns false when there is none. */
  replays({ session, row }: Place): boolean {
    // With the first event a block has only begun: nothing is to be read in it yet.
    if (this.replay.isOn) this.replay.show(session, row.seqs[1] ?? Number(row.key));
    return this.replay.isOn;
  }

  endReplay(): void {
    this.replay.end();
  }
}
