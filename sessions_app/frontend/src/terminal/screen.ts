import type { Mark } from "../paint/mark.ts";
import { Escapes } from "./escapes.ts";
import type { TerminalToken } from "./escapes.ts";
import { names, PLAIN, restyled } from "./look.ts";
import type { Look } from "./look.ts";

export const COLUMNS = 2_000; // characters; what is longer goes on in the next line

/** A line of a screen: its text, and where it is coloured. */
export interface ScreenLine {
  readonly text: string;
  readonly marks: readonly Mark[];
}

/**
 * What a program's output looks like on a terminal that never scrolls anything away:
 * colours, carriage returns, backspaces and erased lines; other movements do nothing.
 * Only the last line can still change.
 */
export class Screen {
  /** The lines above the last one, which stay as they are. */
  readonly settled: ScreenLine[] = [];
  private readonly escapes = new Escapes();
  private chars: string[] = []; // of the last line, by code points
  private looks: Look[] = [];
  private column = 0;
  private look = PLAIN;

  write(piece: string): void {
    for (const token of this.escapes.read(piece)) this.apply(token);
  }

  /** The line that the program is in. */
  get last(): ScreenLine {
    return lineOf(this.chars, this.looks);
  }

  /** All lines; a last one without a letter is none. */
  get lines(): readonly ScreenLine[] {
    return this.chars.length > 0 ? [...this.settled, this.last] : this.settled;
  }

  private apply(token: TerminalToken): void {
    if (token.kind === "text") return this.put(token.text);
    if (token.kind === "sequence") {
      if (token.final === "m") this.look = restyled(this.look, token.params);
      else if (token.final === "K") this.erase(token.params);
      return;
    }
    if (token.code === "\n") this.endLine();
    else if (token.code === "\r") this.column = 0;
    else this.column = Math.max(0, this.column - 1);
  }

  private put(text: string): void {
    for (const char of text) {
      if (this.column >= COLUMNS) this.endLine();
      while (this.chars.length < this.column) this.set(this.chars.length, " ", PLAIN);
      this.set(this.column, char, this.look);
      this.column += 1;
    }
  }

  private set(at: number, char: string, look: Look): void {
    this.chars[at] = char;
    this.looks[at] = look;
  }

  private endLine(): void {
    this.settled.push(this.last);
    this.chars = [];
    this.looks = [];
    this.column = 0;
  }

  private erase(part: string): void {
    const isToEnd = part === "" || part === "0";
    if (isToEnd || part === "2") {
      const from = isToEnd ? this.column : 0;
      this.chars.length = Math.min(this.chars.length, from);
      this.looks.length = this.chars.length;
    } else if (part === "1") {
      const end = Math.min(this.column + 1, this.chars.length);
      for (let at = 0; at < end; at += 1) this.set(at, " ", PLAIN);
    }
  }
}

function lineOf(chars: readonly string[], looks: readonly Look[]): ScreenLine {
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
  return { text: chars.join(""), marks };
}
