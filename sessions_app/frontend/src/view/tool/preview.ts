import type { ToolRow } from "../../model/row.ts";
import { spellOut } from "../../text/spelled.ts";
import { h, setText } from "../h.ts";
import type { Piece, PieceView } from "../view_context.ts";

const CHARS = 600;
const LINES = 6;

/** The end of an input that is still being written. */
export class Preview implements Piece {
  readonly guessPx = 60;
  private readonly row: ToolRow;

  constructor(row: ToolRow) {
    this.row = row;
  }

  mount(): PieceView {
    const element = h("div", { class: "tool-part lines text preview" });
    return { element, update: () => setText(element, spellOut(endOf(this.row.inputText))) };
  }
}

/** The last lines of incomplete JSON, with the escapes in its strings resolved. */
function endOf(inputText: string): string {
  const end = inputText.slice(-CHARS);
  const said = end.replace(/\\n/g, "\n").replace(/\\"/g, '"').replace(/\\t/g, "\t");
  return said.split("\n").slice(-LINES).join("\n");
}
