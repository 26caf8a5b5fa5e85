import type { Row } from "../../model/row.ts";
import type { RowView, Scene } from "../scene.ts";
import { ToolView } from "../tool/tool_view.ts";
import { MessageView } from "./message_view.ts";
import { NoticeView } from "./notice_view.ts";
import { OutcomeView } from "./outcome_view.ts";
import { RawView } from "./raw_view.ts";
import { TextView } from "./text_view.ts";
import { ThinkingView } from "./thinking_view.ts";

export function viewOf(row: Row, session: string, scene: Scene): RowView {
  const view = make(row, session, scene);
  view.element.dataset["session"] = session;
  if ("block" in row && row.block) view.element.dataset["block"] = row.block;
  return view;
}

function make(row: Row, session: string, scene: Scene): RowView {
  switch (row.kind) {
    case "message":
      return new MessageView(row, scene.model.isChild(session));
    case "text":
      return new TextView(row);
    case "thinking":
      return new ThinkingView(row);
    case "tool":
      return new ToolView(row, session, scene);
    case "notice":
      return new NoticeView(row);
    case "outcome":
      return new OutcomeView(row, scene.simulated);
    case "opaque":
      return new RawView(opaqueTitle(row.raw), row.raw);
    case "unknown":
      return new RawView(row.event.type, row.event);
  }
}

function opaqueTitle(raw: Record<string, unknown>): string {
  return typeof raw["type"] === "string" ? raw["type"] : "opaque block";
}
