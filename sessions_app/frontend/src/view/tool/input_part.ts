import type { Piece } from "../scene.ts";
import type { DiffLine } from "../../worker/diff.ts";
import type { Card } from "./card.ts";
import { columns, diffFigures, unified } from "./diff_lines.ts";
import type { Given } from "./face.ts";
import { Sheet } from "./sheet.ts";

const WIDE = "(min-width: 80rem)"; // two columns of code need that

/** What a call was given: a command, a diff, a list, or its JSON. */
export class InputPart {
  private readonly card: Card;
  private readonly given: Given | null;
  private readonly sheets = new Map<string, Sheet>();
  private diff: readonly DiffLine[] | null = null;
  private lines: ReturnType<typeof unified> = [];
  private isWide: boolean | null = null;

  constructor(card: Card) {
    this.card = card;
    this.given = card.face.given?.(card.row.input ?? {}) ?? null;
    if (this.given?.kind === "diff") void this.compare(this.given);
  }

  /** How much was changed, once that is known. */
  get figure(): string {
    return this.diff ? diffFigures(this.diff) : "";
  }

  pieces(): readonly Piece[] {
    const { given } = this;
    if (!given) return [];
    if (given.kind === "lines") return this.sheet(given.style).pieces(given.lines);
    const isNew = given.before === "";
    const isWide = !isNew && !this.isNested && matchMedia(WIDE).matches;
    if (this.isWide !== isWide) {
      this.isWide = isWide;
      this.lines = isWide ? columns(this.diff ?? []) : unified(this.diff ?? []);
    }
    return this.sheet({
      className: isNew ? "diff diff-new" : "diff",
      form: isWide ? "columns" : "rows",
      language: given.language,
    }).pieces(this.lines);
  }

  private get isNested(): boolean {
    return this.card.scene.model.isChild(this.card.session);
  }

  private sheet(style: ConstructorParameters<typeof Sheet>[0]): Sheet {
    const known = this.sheets.get(style.form);
    if (known) return known;
    const made = new Sheet(style, this.card.scene.ink);
    this.sheets.set(style.form, made);
    return made;
  }

  private async compare({ before, after }: Given & { kind: "diff" }): Promise<void> {
    this.diff = await this.card.scene.desk.ask({ kind: "diff", before, after });
    this.isWide = null; // the lines are to be made anew
    this.card.changed();
  }
}
