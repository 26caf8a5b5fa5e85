import type { ToolRow } from "../../model/row.ts";
import type { Scene } from "../scene.ts";
import { faceOf } from "./face.ts";
import type { Face } from "./face.ts";
import { wantsOpen } from "./tool_state.ts";

/** What the parts of a tool call's card share. */
export class Card {
  readonly row: ToolRow;
  readonly session: string;
  readonly scene: Scene;

  constructor(row: ToolRow, session: string, scene: Scene) {
    this.row = row;
    this.session = session;
    this.scene = scene;
  }

  get face(): Face {
    return faceOf(this.row.tool);
  }

  get isOpen(): boolean {
    return this.chosen("card") ?? wantsOpen(this.row, this.face, this.scene);
  }

  /** What a person has chosen for a part, if anything. */
  chosen(part: string): boolean | undefined {
    return this.scene.ui(this.session, this.row).toggles.get(part);
  }

  choose(part: string, open: boolean): void {
    this.scene.toggle(this.session, this.row, part, open);
  }

  /** Something that it shows has come from elsewhere. */
  changed(): void {
    this.scene.changed(this.session, this.row);
  }
}
