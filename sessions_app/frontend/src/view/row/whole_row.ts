import type { Piece, PieceView, Plan, RowShape, ViewContext } from "../view_context.ts";
import { viewOf } from "./view_of.ts";
import type { PlainRow } from "./view_of.ts";

/** A row that is one item of the list. */
export class WholeRow implements RowShape, Piece {
  readonly guessPx = 40;
  private readonly row: PlainRow;
  private readonly session: string;
  private readonly context: ViewContext;

  constructor(row: PlainRow, session: string, context: ViewContext) {
    this.row = row;
    this.session = session;
    this.context = context;
  }

  plan(): Plan {
    return { kept: 0, pieces: this.isTold ? [] : [this], inner: null };
  }

  mount(): PieceView {
    return viewOf(this.row, this.session, this.context);
  }

  /** A row for a sub-agent's start would repeat the call above it. */
  private get isTold(): boolean {
    const { row, context } = this;
    const isStart = row.kind === "notice" && row.event.type === "session_started";
    return isStart && context.model.isChild(this.session);
  }
}
