import type { ProseRow, ToolRow } from "../../model/row.ts";
import { callOf } from "../../model/tool_call.ts";
import type { Highlighter } from "../../paint/highlighter.ts";
import { Prose } from "../prose.ts";
import type { Piece } from "../view_context.ts";

/** The plan that a call asks people to agree to, as Markdown; "": it has none. */
export function planOf(row: ToolRow): string {
  if (row.ask?.plan) return row.ask.plan;
  const call = callOf({ ...row, input: row.ask?.input ?? row.input });
  return call.shape === "plan" ? call.plan : "";
}

/** A plan as pieces of the list, block by block. */
export class PlanPart {
  private prose: Prose | null = null;
  private text = "";
  private readonly highlighter: Highlighter;

  constructor(highlighter: Highlighter) {
    this.highlighter = highlighter;
  }

  pieces(text: string): readonly Piece[] {
    if (text === "") return [];
    if (!this.prose || text !== this.text) {
      this.text = text;
      this.prose = new Prose(proseOf(text), "tool-part plan prose", this.highlighter);
      this.prose.update(() => true);
    }
    return this.prose.blocks;
  }
}

function proseOf(text: string): ProseRow {
  const none = { key: "", ts: 0, seqs: [], version: 0, block: "", citations: [], content: [] };
  return { ...none, kind: "text", text, rewrites: 0, done: true, partial: false, endTs: 0 };
}
