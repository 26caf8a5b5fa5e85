import type { ToolRow } from "../../model/row.ts";
import type { ViewContext } from "../view_context.ts";
import { presentationOf } from "../presentation/presentation.ts";
import type { ToolPresentation } from "../presentation/presentation.ts";
import { wantsOpen } from "./tool_state.ts";

/** State shared by the parts of a tool call's card. */
export class Card {
  readonly row: ToolRow;
  readonly session: string;
  readonly context: ViewContext;
  private known: (Pick<ToolRow, "input" | "details"> & { presentation: ToolPresentation }) | null = null;

  constructor(row: ToolRow, session: string, context: ViewContext) {
    this.row = row;
    this.session = session;
    this.context = context;
  }

  /** Of the call as it is now: an agent may say more of it later. */
  get presentation(): ToolPresentation {
    const { input, details } = this.row;
    if (!this.known || this.known.input !== input || this.known.details !== details) {
      this.known = { input, details, presentation: presentationOf(this.row) };
    }
    return this.known.presentation;
  }

  get isOpen(): boolean {
    const { refusal } = this.context.ui(this.session, this.row);
    return this.chosen("card") ?? (refusal !== "" || wantsOpen(this.row, this.presentation, this.context));
  }

  /** Whether a person has opened or closed a part; undefined if neither. */
  chosen(part: string): boolean | undefined {
    return this.context.ui(this.session, this.row).toggles.get(part);
  }

  choose(part: string, open: boolean): void {
    this.context.toggle(this.session, this.row, part, open);
  }

  /** Repaint the card: data that it shows has arrived. */
  changed(): void {
    this.context.changed(this.session, this.row);
  }
}
