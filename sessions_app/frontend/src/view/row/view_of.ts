import type { ProseRow, Row } from "../../model/row.ts";
import type { PieceView, Scene } from "../scene.ts";
import { ToolView } from "../tool/tool_view.ts";
import { MessageView } from "./message_view.ts";
import { NoticeView } from "./notice_view.ts";
import { OutcomeView } from "./outcome_view.ts";
import { RawView } from "./raw_view.ts";

/** A row that is one item of the list: anything but prose. */
type PlainRow = Exclude<Row, ProseRow>;

export function viewOf(row: PlainRow, session: string, scene: Scene): PieceView {
  switch (row.kind) {
    case "message":
      return new MessageView(row, scene.model.isChild(session));
    case "tool":
      return new ToolView(row, session, scene);
    case "notice":
      return new NoticeView(row);
    case "outcome":
      return new OutcomeView(row, scene.simulated);
    case "opaque":
      return new RawView(row, session, scene, opaqueTitle(row.raw), row.raw);
    case "unknown":
      return new RawView(row, session, scene, row.event.type, row.event);
  }
}

function opaqueTitle(raw: Record<string, unknown>): string {
  return typeof raw["type"] === "string" ? raw["type"] : "opaque block";
}
