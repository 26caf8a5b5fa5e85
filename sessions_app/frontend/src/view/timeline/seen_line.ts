import type { Row } from "../../model/row.ts";
import { h } from "../h.ts";
import type { Piece, PieceView } from "../view_context.ts";

/** Whether a row is the first that came after what its reader has seen. */
export function isFirstUnseen(before: Row, row: Row, seen: number): boolean {
  return seen > 0 && (before.seqs[0] ?? 0) <= seen && (row.seqs[0] ?? 0) > seen;
}

/** The line between what a reader has seen, and what came while they were away. */
export class SeenPiece implements Piece {
  readonly guessPx = 34;

  mount(): PieceView {
    const element = h("div", { class: "row day since" }, "New since you last looked");
    return { element, update: () => undefined };
  }
}
