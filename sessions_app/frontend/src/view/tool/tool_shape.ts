import type { ToolRow } from "../../model/row.ts";
import { h } from "../h.ts";
import type { Piece, PieceView, Plan, RowShape, ViewContext } from "../view_context.ts";
import { ApprovalBar } from "../approval/approval_bar.ts";
import type { Unseen } from "../approval/approval_bar.ts";
import { Card } from "./card.ts";
import { InputPart } from "./input_part.ts";
import { OutputPart } from "./output_part.ts";
import { PlanPart, planOf } from "../approval/plan_part.ts";
import { Preview } from "./preview.ts";
import { RunHead } from "./run_head.ts";
import { ToolHead } from "./tool_head.ts";
import { WholeInput } from "./whole_input.ts";

/** A tool call: a head and, when open, its input, question and output. */
export class ToolShape implements RowShape {
  private readonly row: ToolRow;
  private readonly card: Card;
  private readonly head: ToolHead;
  private readonly preview: Preview;
  private readonly approval: Piece;
  private runHead: RunHead | null = null;
  private input: InputPart | null = null;
  private whole: WholeInput | null = null;
  private output: OutputPart | null = null;
  private readonly agreed: PlanPart;
  private last: readonly Piece[] = [];

  constructor(row: ToolRow, session: string, context: ViewContext) {
    this.row = row;
    this.card = new Card(row, session, context);
    this.head = new ToolHead(this.card, () => this.input?.figure ?? "");
    this.preview = new Preview(row);
    this.agreed = new PlanPart(context.highlighter);
    const unseen = (): Unseen | null => this.input?.unseen ?? null;
    this.approval = { guessPx: 90, mount: () => approvalView(this.card, unseen) };
  }

  plan(): Plan {
    const pieces = this.pieces();
    let kept = 0;
    while (kept < pieces.length && pieces[kept] === this.last[kept]) kept += 1;
    this.last = pieces;
    const inner = this.row.child && this.card.isOpen ? this.row.child.id : null;
    return { kept, pieces: pieces.slice(kept), inner };
  }

  private pieces(): Piece[] {
    const { row, card } = this;
    this.readInput();
    const run = this.runPieces();
    if (row.run && !this.isInSight) return run;
    return [...run, this.head, ...(card.isOpen ? this.body() : [])];
  }

  /** The question's input if there is one, because an approval runs that input. */
  private readInput(): void {
    const { row, card } = this;
    if (row.ask?.wholeId && !this.whole) {
      this.whole = new WholeInput(card.session, row.ask.wholeId, () => card.changed());
    }
    const input = this.whole?.input ?? row.ask?.input ?? row.input;
    if (!input || (this.input?.input === input && this.input.details === row.details)) return;
    this.input = new InputPart(card, input, this.whole);
  }

  private body(): readonly Piece[] {
    const { row } = this;
    if (!row.input && !row.ask && row.result === null) return [this.preview];
    this.output ??= new OutputPart(this.card);
    const given = row.child && !row.ask ? [] : (this.input?.pieces() ?? []);
    const plan = this.agreed.pieces(planOf(row));
    return [...given, ...plan, ...(row.ask ? [this.approval] : []), ...this.output.pieces()];
  }

  private runPieces(): Piece[] {
    const { row, card } = this;
    if (row.run?.rows[0] !== row) return [];
    if (this.runHead?.run !== row.run) this.runHead = new RunHead(row.run, card);
    return [this.runHead];
  }

  /** True if a call in a run is shown: the run is unfolded, or a person opened this call. */
  private get isInSight(): boolean {
    const { row, card } = this;
    const first = row.run?.rows[0] ?? row;
    const isUnfolded = card.context.ui(card.session, first).toggles.get("run") === true;
    return isUnfolded || card.chosen("card") === true;
  }
}

function approvalView({ row, session, context }: Card, unseen: () => Unseen | null): PieceView {
  const bar = new ApprovalBar(row, session, context, unseen);
  return {
    element: h("div", { class: "tool-part" }, bar.element),
    update: () => bar.update(),
  };
}
