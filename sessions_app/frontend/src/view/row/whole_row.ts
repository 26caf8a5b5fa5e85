import type { Piece, PieceView, Plan, RowShape, Scene } from "../scene.ts";
import { viewOf } from "./view_of.ts";
import type { PlainRow } from "./view_of.ts";

/** A row that is one item of the list. */
export class WholeRow implements RowShape, Piece {
  readonly guessPx = 40;
  private readonly row: PlainRow;
  private readonly session: string;
  private readonly scene: Scene;

  constructor(row: PlainRow, session: string, scene: Scene) {
    this.row = row;
    this.session = session;
    this.scene = scene;
  }

  plan(): Plan {
    return { kept: 0, pieces: this.isTold ? [] : [this], inner: null };
  }

  mount(): PieceView {
    return viewOf(this.row, this.session, this.scene);
  }

  /** That a sub-agent has started, the call above it says as well. */
  private get isTold(): boolean {
    const { row, scene } = this;
    const isStart = row.kind === "notice" && row.event.type === "session_started";
    return isStart && scene.model.isChild(this.session);
  }
}
