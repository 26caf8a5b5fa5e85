import type { Row } from "../../model/row.ts";
import type { RowShape, ViewContext } from "../view_context.ts";
import { ToolShape } from "../tool/tool_shape.ts";
import { RawShape } from "./raw_shape.ts";
import { TextShape } from "./text_shape.ts";
import { ThinkingShape } from "./thinking_shape.ts";
import { WholeRow } from "./whole_row.ts";

/** How a row of a session is shown. */
export function shapeOf(row: Row, session: string, context: ViewContext): RowShape {
  switch (row.kind) {
    case "text":
      return new TextShape(row, session, context.highlighter);
    case "thinking":
      return new ThinkingShape(row, session, context);
    case "tool":
      return new ToolShape(row, session, context);
    case "opaque":
    case "unknown":
      return new RawShape(row, session, context);
    default:
      return new WholeRow(row, session, context);
  }
}
