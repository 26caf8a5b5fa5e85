import { plural } from "../../format.ts";
import type { Piece } from "../scene.ts";
import { plainDiff } from "../../worker/diff.ts";
import type { DiffLine } from "../../worker/diff.ts";
import type { Card } from "./card.ts";
import { columns, diffFigures, unified } from "./diff_lines.ts";
import type { Given } from "./face.ts";
import type { Line } from "./line.ts";
import { Note } from "./note.ts";
import { Sheet } from "./sheet.ts";
import type { SheetStyle } from "./sheet.ts";

const ASKED_LINES = 16; // then the buttons below are still in sight
const WIDE = "(min-width: 80rem)"; // two columns of code need that

/** What a call was given: a command, a diff, a list, or its JSON. */
export class InputPart {
  private readonly card: Card;
  private readonly given: Given | null;
  private readonly sheets = new Map<string, Sheet>();
  private diff: readonly DiffLine[] | null = null;
  private lines: readonly Line[] = [];
  private isWide: boolean | null = null;
  private readonly rest = new Note(() => this.card.choose("input", true));

  constructor(card: Card) {
    this.card = card;
    this.given = card.face.given?.(card.row.input ?? {}) ?? null;
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
    const { given } = this;
    if (!given) return [];
    if (given.kind === "lines") return this.shown(given.style, given.lines);
    const isNew = given.before === "";
    const isWide = !isNew && !this.isNested && matchMedia(WIDE).matches;
    if (this.isWide !== isWide) {
      this.isWide = isWide;
      this.lines = isWide ? columns(this.diff ?? []) : unified(this.diff ?? []);
    }
    const className = isNew ? "diff diff-new" : "diff";
    const form = isWide ? "columns" : "rows";
    return this.shown({ className, form, language: given.language }, this.lines);
  }

  /** All of it; of a card that a question has opened the beginning, and how much follows. */
  private shown(style: SheetStyle, lines: readonly Line[]): readonly Piece[] {
    const { card, rest } = this;
    const isAll = card.chosen("card") === true || card.chosen("input") === true;
    const left = lines.length - ASKED_LINES;
    if (isAll || left <= 2) return this.sheet(style).pieces(lines);
    rest.text = plural(left, "more line");
    rest.word = "Show";
    return [...this.sheet(style).pieces(lines.slice(0, ASKED_LINES)), rest];
  }

  private get isNested(): boolean {
    return this.card.scene.model.isChild(this.card.session);
  }

  private sheet(style: SheetStyle): Sheet {
    const known = this.sheets.get(style.form);
    if (known) return known;
    const made = new Sheet(style, this.card.scene.ink);
    this.sheets.set(style.form, made);
    return made;
  }

  private async compare(before: string, after: string): Promise<void> {
    const found = await this.card.scene.desk.ask({ kind: "diff", before, after });
    if (!found) return;
    this.diff = found;
    this.isWide = null; // the lines are to be made anew
    this.card.changed();
  }
}
