import { plural } from "../format.ts";
import { plainDiff } from "../../worker/diff.ts";
import type { DiffLine } from "../../worker/diff.ts";
import type { Piece } from "../view_context.ts";
import type { Unseen } from "../approval/approval_bar.ts";
import type { Card } from "./card.ts";
import { columns, diffFigures, unified } from "../code/diff_lines.ts";
import type { Given } from "../presentation/presentation.ts";
import type { Line } from "../code/line.ts";
import { Note } from "./note.ts";
import { condensed, headAndTail } from "../presentation/review_lines.ts";
import { CodeBlock } from "../code/code_block.ts";
import type { CodeBlockStyle } from "../code/code_block.ts";

// Of a question: few enough that the buttons below are still in sight.
const HEAD_LINES = 10;
const TAIL_LINES = 6;
const WIDE = "(min-width: 80rem)"; // two columns of code need that
const PATH: CodeBlockStyle = { className: "diff-path", form: "rows" };
const NOTHING: Line = { text: "⟨nothing changes: the new text is the old one⟩", kind: "note" };

/** One part of what a call was given: a command, the fields of a list, or a file's diff. */
export class GivenPart {
  /** What a question does not show of it yet, as of the last `pieces`. */
  unseen: Unseen | null = null;
  private readonly card: Card;
  private readonly given: Given;
  private readonly name: string;
  private readonly heading: CodeBlock | null;
  private readonly sheets = new Map<string, CodeBlock>();
  private diff: readonly DiffLine[] | null = null;
  private lines: readonly Line[] = [];
  private isWide: boolean | null = null;
  private readonly rest: Note;

  /** `name` tells the part from the card's others; `hasPath`: a diff says which file. */
  constructor(card: Card, given: Given, name: string, hasPath: boolean) {
    this.card = card;
    this.given = given;
    this.name = name;
    this.rest = new Note(() => card.choose(name, true));
    this.heading = hasPath && given.kind === "diff" ? new CodeBlock(PATH, null) : null;
    if (given.kind !== "diff") return;
    // At once as it will nearly be: the buttons of a question are below it.
    const { before, after } = given;
    this.diff = plainDiff(before, after);
    if (before !== "") void this.compare(before, after);
  }

  /** How much was changed, once that is known. */
  get figure(): string {
    return this.diff ? diffFigures(this.diff) : "";
  }

  pieces(): readonly Piece[] {
    const { given } = this;
    this.unseen = null;
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
    const heading = this.heading?.pieces([{ text: given.path, kind: "file" }]) ?? [];
    return [...heading, ...this.shown({ className, form, language: given.language }, this.lines)];
  }

  /** All lines; of those that a question has opened the first and last, and how many are between. */
  private shown(style: CodeBlockStyle, given: readonly Line[]): readonly Piece[] {
    const { card, rest, name } = this;
    const lines = card.row.ask ? condensed(given) : given;
    const isAll = card.chosen("card") === true || card.chosen(name) === true;
    const { head, hidden, tail } = headAndTail(lines, HEAD_LINES, TAIL_LINES);
    if (isAll || hidden === 0) return this.sheet(style, "head").pieces(lines);
    const words = plural(hidden, "line");
    rest.text = `${words} between`;
    rest.word = "Show";
    this.unseen = { words: `${words} not shown`, show: () => card.choose(name, true) };
    return [
      ...this.sheet(style, "head").pieces(head),
      rest,
      ...this.sheet(style, "tail").pieces(tail),
    ];
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
