import { plural, short } from "../format.ts";
import type { Piece } from "../view_context.ts";
import type { Card } from "./card.ts";
import type { Reading } from "../presentation/presentation.ts";
import type { Line } from "../code/line.ts";
import { Note } from "./note.ts";
import { CodeBlock } from "../code/code_block.ts";
import { ContentPart } from "./content_part.ts";
import { TerminalReading } from "../presentation/terminal_reading.ts";
import { WholeOutput } from "./whole_output.ts";

const TAIL_LINES = 12; // lines shown in a card that no person has opened

/** A call's output: its end while it streams, then all of it, fetched if it was cut. */
export class OutputPart {
  private readonly card: Card;
  private reading: Reading | null = null; // chosen by the first text
  private sheet: CodeBlock | null = null;
  private readonly above = new Note(() => this.card.choose("all", true));
  private readonly below: Note;
  private whole: WholeOutput | null = null;
  private readonly content: ContentPart;

  constructor(card: Card) {
    this.card = card;
    this.content = new ContentPart(card.session, card.context.highlighter, "tool-part");
    this.below = new Note(
      () => this.showWhole(),
      () => this.goOn(),
    );
  }

  pieces(): readonly Piece[] {
    const { text } = this;
    if (text === "") return this.beside();
    const { card } = this;
    this.reading ??= card.presentation.reading?.(card.row.input ?? {}, text) ?? new TerminalReading();
    this.sheet ??= new CodeBlock(this.reading.style, card.context.highlighter);
    const lines = this.reading.lines(text);
    const shown = this.shownOf(lines);
    const hidden = lines.length - shown.length;
    this.above.text = hidden > 0 ? plural(hidden, "earlier line") : "";
    this.above.word = "Show";
    const sheet = this.sheet.pieces(shown);
    return [...(hidden > 0 ? [this.above] : []), ...sheet, ...this.notes(), ...this.beside()];
  }

  /** What the result holds beside its text. */
  private beside(): readonly Piece[] {
    const { result } = this.card.row;
    return result ? this.content.pieces(result.content, result.output) : [];
  }

  private get text(): string {
    const { result, liveOutput } = this.card.row;
    if (this.whole && this.whole.text !== "") return this.whole.text;
    const isQuiet = result !== null && this.card.presentation.hidesResult && !result.isError;
    return isQuiet ? "" : (result?.output ?? liveOutput);
  }

  private shownOf(lines: readonly Line[]): readonly Line[] {
    const isTheirs = this.card.row.result !== null && this.card.chosen("card") === true;
    const isAll = isTheirs || this.card.chosen("all") === true;
    return isAll || lines.length <= TAIL_LINES + 2 ? lines : lines.slice(-TAIL_LINES);
  }

  private notes(): Piece[] {
    const { result } = this.card.row;
    if (!result?.truncated || this.text === "") return [];
    const { below, whole } = this;
    below.text = "The output was longer than what is shown here.";
    below.word = result.outputId ? "Show all" : "";
    if (whole?.state === "complete") return [];
    if (whole) {
      const is = `${short(whole.text.length)} of ${short(whole.total)} characters`;
      below.text = whole.state === "failed" ? "The server did not answer." : `Reading on, ${is}`;
      below.word = whole.state === "failed" ? "Try again" : "";
    }
    return [below];
  }

  private showWhole(): void {
    const { session, row } = this.card;
    this.whole ??= new WholeOutput(session, row.result?.outputId ?? "", () => this.card.changed());
    void this.whole.more();
    this.card.choose("all", true);
  }

  /** Fetch the next page when the end of the fetched output becomes visible. */
  private goOn(): void {
    if (this.whole?.state === "waiting") void this.whole.more();
  }
}
