import type { Code, Highlighter } from "../../paint/highlighter.ts";
import type { Mark } from "../../text/mark.ts";
import { drawBlanks, spellOutMarked } from "../../text/spelled.ts";
import { h } from "../h.ts";
import type { Piece, PieceView } from "../view_context.ts";
import type { Line } from "./line.ts";

const LINE_PX = 20;

/** The style of a code block. */
export interface CodeBlockStyle {
  readonly className: string;
  /** "text": one piece of text. "rows": each line for itself, with what stands before it. */
  readonly form: "text" | "rows" | "columns";
  readonly language?: string;
}

const PER_PIECE = { text: 50, rows: 18, columns: 9 } as const;

/** Lines as pieces of the list; unchanged pieces keep their identity. */
export class CodeBlock {
  private readonly style: CodeBlockStyle;
  private readonly highlighter: Highlighter | null;
  private chunks: Chunk[] = [];

  constructor(style: CodeBlockStyle, highlighter: Highlighter | null) {
    this.style = style;
    this.highlighter = highlighter;
  }

  pieces(lines: readonly Line[]): readonly Piece[] {
    const size = PER_PIECE[this.style.form];
    const count = Math.ceil(lines.length / size);
    this.chunks.length = Math.min(this.chunks.length, count);
    for (let i = 0; i < count; i += 1) {
      const chunk = (this.chunks[i] ??= new Chunk(this.style, this.highlighter));
      chunk.take(lines.slice(i * size, (i + 1) * size), this.chunks[i - 1]);
    }
    return this.chunks;
  }
}

/** Some lines of a code block: one item of the list. */
class Chunk implements Piece {
  readonly style: CodeBlockStyle;
  readonly highlighter: Highlighter | null;
  lines: readonly Line[] = []; // with hidden characters spelled out
  private taken: readonly Line[] = [];
  version = 0;
  isFirst = true;
  private code: Code | null = null;

  constructor(style: CodeBlockStyle, highlighter: Highlighter | null) {
    this.style = style;
    this.highlighter = highlighter;
  }

  get guessPx(): number {
    return LINE_PX * this.lines.length;
  }

  get text(): string {
    return this.lines.map((line) => line.text + endOf(line)).join("");
  }

  take(lines: readonly Line[], before: Chunk | undefined): void {
    const { taken } = this;
    if (lines.length === taken.length && lines.every((line, i) => line === taken[i])) return;
    this.taken = lines;
    this.lines = lines.map(spelledLine);
    this.isFirst = before === undefined;
    this.version += 1;
    const language = this.style.language ?? "";
    this.code = { language, before: before?.text ?? "", text: this.text, marks: this.marks() };
  }

  mount(): PieceView {
    return new ChunkView(this);
  }

  paint(element: Element): void {
    if (this.code) this.highlighter?.code(element, this.code);
  }

  private marks(): Mark[] {
    const all: Mark[] = [];
    let start = 0;
    for (const line of this.lines) {
      const { text, marks } = line;
      for (const { from, to, name } of marks ?? []) {
        all.push({ from: from + start, to: to + start, name });
      }
      start += text.length + endOf(line).length;
    }
    return all;
  }
}

class ChunkView implements PieceView {
  readonly element: HTMLElement;
  private readonly chunk: Chunk;
  private shown = -1;

  constructor(chunk: Chunk) {
    this.chunk = chunk;
    const { className, form } = chunk.style;
    this.element = h("div", { class: `tool-part lines ${form} ${className}` });
    this.element.classList.toggle("more", !chunk.isFirst);
  }

  update(): void {
    const { chunk, element } = this;
    if (this.shown === chunk.version) return;
    this.shown = chunk.version;
    if (chunk.style.form === "text") element.textContent = chunk.text;
    else element.replaceChildren(...chunk.lines.flatMap(chunk.style.form === "rows" ? row : pair));
    if (chunk.style.form !== "columns") chunk.paint(element);
    else this.paintColumns();
  }

  private paintColumns(): void {
    const { lines, highlighter } = this.chunk;
    lines.forEach((line, i) => {
      const left = this.element.children[2 * i];
      const right = this.element.children[2 * i + 1];
      if (left) highlighter?.marks(left, line.marks ?? []);
      if (right) highlighter?.marks(right, line.beside?.marks ?? []);
    });
  }
}

// The text includes its line end, so that copied text has lines.
function row({ text, gutter, kind }: Line): HTMLElement[] {
  const made = h("div", { class: "line" }, `${text}\n`);
  if (gutter !== undefined) made.dataset["gutter"] = gutter;
  if (kind) made.dataset["kind"] = kind;
  return [made];
}

function pair(line: Line): HTMLElement[] {
  return [...row(line), ...row(line.beside ?? NOTHING)];
}

function spelledLine(line: Line): Line {
  const spelled = spellOutMarked(line.text, line.marks);
  const made = { ...line, ...drawBlanks(spelled, line.blanks ?? "long") };
  return line.beside ? { ...made, beside: spelledLine(line.beside) } : made;
}

function endOf({ isWrapped }: Line): string {
  return isWrapped ? "" : "\n";
}

const NOTHING: Line = { text: "", gutter: "" };
