import { plural } from "../../format.ts";
import type { Input } from "../../model/row.ts";
import { plainDiff } from "../../worker/diff.ts";
import type { DiffLine } from "../../worker/diff.ts";
import type { Piece } from "../view_context.ts";
import type { Unseen } from "./approval_bar.ts";
import type { Card } from "./card.ts";
import { columns, diffFigures, unified } from "./diff_lines.ts";
import { otherFields } from "./presentation.ts";
import type { Given } from "./presentation.ts";
import type { Line } from "./line.ts";
import { Note } from "./note.ts";
import { condensed, headAndTail } from "./review_lines.ts";
import { CodeBlock } from "./code_block.ts";
import type { CodeBlockStyle } from "./code_block.ts";
import { WholeInput } from "./whole_input.ts";

// Of a question: few enough that the buttons below are still in sight.
const HEAD_LINES = 10;
const TAIL_LINES = 6;
const WIDE = "(min-width: 80rem)"; // two columns of code need that
const FIELDS: CodeBlockStyle = { className: "fields", form: "rows" };
const NOTHING: Line = { text: "⟨nothing changes: the new text is the old one⟩", kind: "note" };

/** What a call was given: a command, a diff, a list, or its JSON. */
export class InputPart {
  readonly input: Input;
  /** What a question does not show yet, as of the last `pieces`. */
  unseen: Unseen | null = null;
  private readonly card: Card;
  private readonly given: Given | null;
  private readonly fields: readonly Line[];
  private readonly sheets = new Map<string, CodeBlock>();
  private readonly whole: WholeInput | null;
  private diff: readonly DiffLine[] | null = null;
  private lines: readonly Line[] = [];
  private isWide: boolean | null = null;
  private readonly rest = new Note(() => this.card.choose("input", true));

  /** `input` is that of the question, if there is one: it is what an approval lets run. */
  constructor(card: Card, input: Input, whole: WholeInput | null) {
    this.card = card;
    this.input = input;
    this.whole = whole;
    this.given = card.presentation.given?.(input) ?? null;
    this.fields = card.row.ask ? otherFields(card.presentation, input) : [];
    if (this.given?.kind !== "diff") return;
    // At once as it will nearly be: the buttons of a question are below it.
    const { before, after } = this.given;
    this.diff = plainDiff(before, after);
    if (before !== "") void this.compare(before, after);
  }

  /** How much was changed, once that is known. */
  get figure(): string {
    return this.diff ? diffFigures(this.diff) : "";
  }

  pieces(): readonly Piece[] {
    this.unseen = this.unfetched();
    return [...this.shown(FIELDS, this.fields), ...this.givenPieces()];
  }

  private givenPieces(): readonly Piece[] {
    const { given } = this;
    if (!given) return [];
    if (given.kind === "lines") return this.shown(given.style, given.lines);
    const isNew = given.before === "";
    const isWide = !isNew && !this.isNested && matchMedia(WIDE).matches;
    if (this.isWide !== isWide) {
      this.isWide = isWide;
      this.lines = isWide ? columns(this.diff ?? []) : unified(this.diff ?? []);
      if (this.lines.length === 0) this.lines = [NOTHING];
    }
    const className = isNew ? "diff diff-new" : "diff";
    const form = isWide ? "columns" : "rows";
    return this.shown({ className, form, language: given.language }, this.lines);
  }

  /** All lines; of those that a question has opened the first and last, and how many are between. */
  private shown(style: CodeBlockStyle, given: readonly Line[]): readonly Piece[] {
    const { card, rest } = this;
    const lines = card.row.ask ? condensed(given) : given;
    const isAll = card.chosen("card") === true || card.chosen("input") === true;
    const { head, hidden, tail } = headAndTail(lines, HEAD_LINES, TAIL_LINES);
    if (isAll || hidden === 0) return this.sheet(style, "head").pieces(lines);
    const words = plural(hidden, "line");
    rest.text = `${words} between`;
    rest.word = "Show";
    this.unseen ??= { words: `${words} not shown`, show: () => card.choose("input", true) };
    return [
      ...this.sheet(style, "head").pieces(head),
      rest,
      ...this.sheet(style, "tail").pieces(tail),
    ];
  }

  /** Of an input that was too large to travel: all that has not been fetched. */
  private unfetched(): Unseen | null {
    const { whole, card } = this;
    if (!whole || whole.input) return null;
    const words = whole.hasFailed
      ? "The server did not send the rest of this input"
      : "This input was too large: some of it is not here yet";
    const show = (): void => {
      card.choose("input", true);
      void whole.load();
    };
    return { words, show };
  }

  private get isNested(): boolean {
    return this.card.context.model.isChild(this.card.session);
  }

  private sheet(style: CodeBlockStyle, part: string): CodeBlock {
    const name = `${style.className} ${style.form} ${part}`;
    const known = this.sheets.get(name);
    if (known) return known;
    const made = new CodeBlock(style, this.card.context.highlighter);
    this.sheets.set(name, made);
    return made;
  }

  private async compare(before: string, after: string): Promise<void> {
    const found = await this.card.context.worker.ask({ kind: "diff", before, after });
    if (!found) return;
    this.diff = found;
    this.isWide = null; // the lines are to be made anew
    this.card.changed();
  }
}
