import type { Mark } from "../text/mark.ts";
import { Escapes } from "./escapes.ts";
import type { TerminalToken } from "./escapes.ts";
import { names, PLAIN, restyled } from "./look.ts";
import type { Look } from "./look.ts";

export const COLUMNS = 2_000; // characters; a longer line continues in the next one
export const ROWS = 100; // lines that the cursor can reach; lines above them no longer change

/** A line of a screen: its text and coloured ranges. */
export interface ScreenLine {
  readonly text: string;
  readonly marks: readonly Mark[];
  /** True if the line was wider than the screen and continues in the next one. */
  readonly isWrapped?: true;
}

/** A line that the cursor can reach. */
class ScreenRow {
  readonly chars: string[] = []; // characters, by code point
  readonly looks: Look[] = [];
  isWrapped = false;
  private known: ScreenLine | null = null;

  get line(): ScreenLine {
    return (this.known ??= lineOf(this));
  }

  changed(): void {
    this.known = null;
  }

  set(at: number, char: string, look: Look): void {
    while (this.chars.length < at) {
      this.chars.push(" ");
      this.looks.push(PLAIN);
    }
    this.chars[at] = char;
    this.looks[at] = look;
    this.known = null;
  }

  cut(length: number): void {
    this.chars.length = Math.min(this.chars.length, length);
    this.looks.length = this.chars.length;
    this.known = null;
  }
}

/**
 * What a program's output looks like on a terminal that never scrolls anything away:
 * colours, carriage returns, backspaces, erased text, and a cursor that moves up and down
 * over the last ROWS lines; one that is sent to a place of the window begins a line. A link
 * shows where it leads, behind its text.
 */
export class Screen {
  /** The lines that the cursor can no longer reach. */
  readonly settled: ScreenLine[] = [];
  private readonly escapes = new Escapes();
  private readonly rows: ScreenRow[] = [new ScreenRow()];
  private row = 0; // row and column of the cursor
  private column = 0;
  private look = PLAIN;
  private link: { readonly url: string; text: string } | null = null;

  write(piece: string): void {
    for (const token of this.escapes.read(piece)) this.apply(token);
  }

  /** The last line. */
  get last(): ScreenLine {
    return (this.rows.at(-1) as ScreenRow).line;
  }

  /** All lines, without an empty last one. */
  get lines(): readonly ScreenLine[] {
    const lines = this.rows.map((row) => row.line);
    if (lines.at(-1)?.text === "") lines.pop();
    return [...this.settled, ...lines];
  }

  private get current(): ScreenRow {
    return this.rows[this.row] as ScreenRow;
  }

  private apply(token: TerminalToken): void {
    switch (token.kind) {
      case "text":
        return this.put(token.text);
      case "link":
        return this.startLink(token.url);
      case "sequence":
        return this.obey(token.final, token.params);
      case "control":
        if (token.code === "\n") this.endLine();
        else if (token.code === "\r") this.column = 0;
        else this.column = Math.max(0, this.column - 1);
    }
  }

  private obey(final: string, params: string): void {
    const by = Math.max(1, Number(params) || 1);
    if (final === "m") this.look = restyled(this.look, params);
    else if (final === "K") this.erase(params);
    else if (final === "J") this.eraseBelow(params);
    else if (final === "A") this.row = Math.max(0, this.row - by);
    else if (final === "B") this.row = Math.min(this.rows.length - 1, this.row + by);
    else if (final === "C") this.column = Math.min(COLUMNS, this.column + by);
    else if (final === "D") this.column = Math.max(0, this.column - by);
    else if (final === "G") this.column = Math.min(COLUMNS, by - 1);
    else if (final === "E") this.moveToLine(this.row + by);
    else if (final === "F") this.moveToLine(this.row - by);
    else if (final === "H" || final === "f") this.beginLine();
  }

  private moveToLine(row: number): void {
    this.row = Math.min(Math.max(0, row), this.rows.length - 1);
    this.column = 0;
  }

  /** Go on below all lines: at a place of the window, older text would be written over. */
  private beginLine(): void {
    this.moveToLine(this.rows.length - 1);
    if (this.current.chars.length > 0) this.endLine();
  }

  private startLink(url: string): void {
    const { link } = this;
    this.link = null;
    if (link && link.text.trim() !== "" && link.text.trim() !== link.url) this.put(` <${link.url}>`);
    if (url !== "") this.link = { url, text: "" };
  }

  private put(text: string): void {
    if (this.link) this.link.text += text;
    for (const char of text) {
      if (this.column >= COLUMNS) {
        this.current.isWrapped = true;
        this.current.changed();
        this.endLine();
      }
      this.current.set(this.column, char, this.look);
      this.column += 1;
    }
  }

  private endLine(): void {
    this.column = 0;
    this.row += 1;
    if (this.row < this.rows.length) return;
    this.rows.push(new ScreenRow());
    if (this.rows.length <= ROWS) return;
    const first = this.rows.shift();
    if (first) this.settled.push(first.line);
    this.row -= 1;
  }

  private erase(part: string): void {
    const { current } = this;
    if (part === "" || part === "0") current.cut(this.column);
    else if (part === "2") current.cut(0);
    else if (part === "1") {
      const end = Math.min(this.column + 1, current.chars.length);
      for (let at = 0; at < end; at += 1) current.set(at, " ", PLAIN);
    }
  }

  /** Erase the lines below the cursor only: lines above were never scrolled away. */
  private eraseBelow(part: string): void {
    if (part !== "" && part !== "0") return;
    this.current.cut(this.column);
    this.rows.length = this.row + 1;
  }
}

function lineOf({ chars, looks, isWrapped }: ScreenRow): ScreenLine {
  const marks: Mark[] = [];
  let offset = 0;
  let from = 0;
  chars.forEach((char, i) => {
    offset += char.length;
    const look = looks[i] ?? PLAIN;
    if (look === looks[i + 1]) return;
    for (const name of names(look)) marks.push({ from, to: offset, name });
    from = offset;
  });
  const line = { text: chars.join(""), marks };
  return isWrapped ? { ...line, isWrapped } : line;
}
