import type { MessageRow, NoticeRow, OutcomeRow } from "../../model/row.ts";
import type { PieceView, ViewContext } from "../view_context.ts";
import { MessageView } from "./message_view.ts";
import { NoticeView } from "./notice_view.ts";
import { OutcomeView } from "./outcome_view.ts";

/** A row that is one item of the list. */
export type PlainRow = MessageRow | NoticeRow | OutcomeRow;

export function viewOf(row: PlainRow, session: string, context: ViewContext): PieceView {
  switch (row.kind) {
    case "message":
      return new MessageView(row, session, context);
    case "notice":
      return new NoticeView(row, () => context.model.thread(session).agent.options?.options ?? []);
    case "outcome":
      return new OutcomeView(row, session, context);
  }
}
