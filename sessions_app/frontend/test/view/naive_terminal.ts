import { names, PLAIN, restyled } from "../../src/terminal/look.ts";
import type { Look } from "../../src/terminal/look.ts";
import { COLUMNS } from "../../src/terminal/screen.ts";
import type { ScreenLine } from "../../src/terminal/screen.ts";

interface Cell {
  char: string;
  look: Look;
}

/** A terminal as one would write it down: all input at once, letter after letter. */
export class NaiveTerminal {
  private rows: Cell[][] = [[]];
  private readonly wrapped = new Set<Cell[]>();
  private x = 0;
  private y = 0;
  private look = PLAIN;

  write(text: string): void {
    const input = [...text];
    for (let at = 0; at < input.length; ) at += this.step(input, at);
  }

  lines(): ScreenLine[] {
    const rows = this.rows.at(-1)?.length === 0 ? this.rows.slice(0, -1) : this.rows;
    return rows.map((row) => {
      const text = row.map((cell) => cell.char).join("");
      return { text, marks: joined(row), ...(this.wrapped.has(row) ? { isWrapped: true } : {}) };
    });
  }

  /** How many letters of the input were taken. */
  private step(input: readonly string[], at: number): number {
    const char = input[at] ?? "";
    if (char === "\n") this.newLine();
    else if (char === "\r") this.x = 0;
    else if (char === "\b") this.x = Math.max(0, this.x - 1);
    else if (char === "\u009b") return this.sequence(input, at, at + 1);
    else if (char === "\u001b") return this.escape(input, at);
    else if (char >= " " || char === "\t") this.print(char);
    return 1;
  }

  private escape(input: readonly string[], at: number): number {
    const next = input[at + 1] ?? "";
    if (next === "[") return this.sequence(input, at, at + 2);
    if (next !== "" && "PX]^_".includes(next)) return stringEnd(input, at);
    let end = at + 1;
    while (between(input[end], " ", "/")) end += 1;
    if (input[end] === undefined) return Infinity; // not whole yet: not seen
    const isFinal = between(input[end], "0", "~") && !"PX[]^_".includes(input[end] ?? "");
    return isFinal ? end - at + 1 : 1;
  }

  private sequence(input: readonly string[], at: number, from: number): number {
    let end = from;
    while (between(input[end], "0", "?")) end += 1;
    const params = input.slice(from, end).join("");
    while (between(input[end], " ", "/")) end += 1;
    const final = input[end];
    if (final === undefined) return Infinity;
    if (!between(final, "@", "~")) return 1;
    if (final === "m") this.look = restyled(this.look, params);
    if (final === "K") this.erase(params);
    this.move(final, Math.max(1, Number(params) || 1));
    if (final === "J" && (params === "" || params === "0")) {
      this.rows[this.y]?.splice(this.x);
      this.rows.splice(this.y + 1);
    }
    return end - at + 1;
  }

  private move(final: string, by: number): void {
    const last = this.rows.length - 1;
    if (final === "A") this.y = Math.max(0, this.y - by);
    if (final === "B") this.y = Math.min(last, this.y + by);
    if (final === "C") this.x = Math.min(COLUMNS, this.x + by);
    if (final === "D") this.x = Math.max(0, this.x - by);
    if (final === "G") this.x = Math.min(COLUMNS, by - 1);
    if (final === "E") [this.x, this.y] = [0, Math.min(last, this.y + by)];
    if (final === "F") [this.x, this.y] = [0, Math.max(0, this.y - by)];
    if (final !== "H" && final !== "f") return;
    [this.x, this.y] = [0, last];
    if (this.rows[last]?.length !== 0) this.newLine();
  }

  private erase(part: string): void {
    const row = this.rows[this.y] ?? [];
    if (part === "" || part === "0") row.splice(this.x);
    if (part === "2") row.splice(0);
    if (part !== "1") return;
    row.forEach((_, x) => {
      if (x <= this.x) row[x] = { char: " ", look: PLAIN };
    });
  }

  private print(char: string): void {
    if (char >= "\u007f" && char <= "\u009f") return;
    if (this.x === COLUMNS) {
      this.wrapped.add(this.rows[this.y] ?? []);
      this.newLine();
    }
    const row = this.rows[this.y] ?? [];
    while (row.length < this.x) row.push({ char: " ", look: PLAIN });
    row[this.x] = { char, look: this.look };
    this.x += 1;
  }

  private newLine(): void {
    this.y += 1;
    if (this.y === this.rows.length) this.rows.push([]);
    this.x = 0;
  }
}

/** A title or the like: to its end, or to the end of the line; without either, no more than ESC. */
function stringEnd(input: readonly string[], at: number): number {
  for (let end = at + 2; end < input.length; end += 1) {
    if (input[end] === "\n") return end - at;
    if (input[end] === "\u0007") return end - at + 1;
    if (input[end] !== "\u001b") continue;
    if (input[end + 1] === "\\") return end - at + 2;
    return input[end + 1] === undefined ? Infinity : 1;
  }
  return Infinity;
}

function between(char: string | undefined, from: string, to: string): boolean {
  return char !== undefined && char.length === 1 && char >= from && char <= to;
}

interface Marking {
  from: number;
  to: number;
  name: ReturnType<typeof names>[number];
}

function joined(row: readonly Cell[]): ScreenLine["marks"] {
  const all: Marking[] = [];
  let offset = 0;
  let current: Marking[] = [];
  row.forEach(({ char, look }, x) => {
    if (x === 0 || row[x - 1]?.look !== look) {
      current = names(look).map((name) => ({ from: offset, to: offset, name }));
      all.push(...current);
    }
    offset += char.length;
    for (const mark of current) mark.to = offset;
  });
  return all;
}
