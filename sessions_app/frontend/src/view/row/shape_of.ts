import type { Row } from "../../model/row.ts";
import type { RowShape, Scene } from "../scene.ts";
import { ToolShape } from "../tool/tool_shape.ts";
import { RawShape } from "./raw_shape.ts";
import { TextShape } from "./text_shape.ts";
import { ThinkingShape } from "./thinking_shape.ts";
import { WholeRow } from "./whole_row.ts";

/** How a row of a session is shown. */
export function shapeOf(row: Row, session: string, scene: Scene): RowShape {
  switch (row.kind) {
    case "text":
      return new TextShape(row, scene.ink);
    case "thinking":
      return new ThinkingShape(row, session, scene);
    case "tool":
      return new ToolShape(row, session, scene);
    case "opaque":
    case "unknown":
      return new RawShape(row, session, scene);
    default:
      return new WholeRow(row, session, scene);
  }
}
