import type { Token } from "markdown-it";
import { findCut } from "./cut.ts";
import type { Kind } from "./cut.ts";
import { mayBeFoldTag } from "./parser/details_rule.ts";
import { parseBlocks } from "./parser/parser.ts";
import type { References } from "./parser/parser.ts";
import { Group, Part } from "./part.ts";

const STEP_CHARS = 1_000; // taken in at once, so that no part grows much beyond its size
const UNDERLINE = /^ {0,3}(?:-+|=+) *$/; // may be one, in a line that is not whole
const SHORT_CHARS = 300; // never cut
const RETRY_CHARS = 200; // until a block that could not be cut is looked at again
// A block that cannot be cut is parsed anew only when it has grown by a part of
// itself; what came since then is shown as it is.
const UNCUT_CHARS = 6_000;
const GROWTH = 1 / 16;
const KINDS: readonly Kind[] = ["fence", "list", "table", "quote", "paragraph"];

/**
 * Markdown that grows at its end, as parts of bounded size.
 *
 * A top-level block is settled once a complete line after it begins another block:
 * nothing that comes later can reach back into it, save definitions of links, which
 * all parts share. A block that grows long is cut where nothing to come reaches over:
 * between items, rows, lines of code, blocks of a quote, or words.
 */
export class MarkdownStream {
  /** The last one may still grow; those before it stay. */
  readonly parts: Part[] = [];
  parsedChars = 0; // what taking it in has cost so far
  private readonly references: References = {};
  private halfBreak = ""; // a CR that may be the first half of a line's end
  private tail = "";
  private group: Group | null = null; // that the tail continues
  private searched = 0; // chars of the tail in which there is nothing to settle
  private settled = 0; // parts
  private isBroken = false;

  /** Add text at the end. */
  push(text: string): void {
    const lines = this.unixLines(text);
    for (let at = 0; at < lines.length; at += STEP_CHARS) {
      this.tail += lines.slice(at, at + STEP_CHARS);
      this.advance();
    }
    this.showTail();
  }

  /** The text is complete; this is all of it. */
  end(text: string): void {
    this.settle(this.tail + this.halfBreak);
    this.tail = this.halfBreak = "";
    this.parts.length = this.settled;
    if (this.isBroken) this.startOver(text);
  }

  private unixLines(text: string): string {
    const whole = this.halfBreak + text;
    this.halfBreak = whole.endsWith("\r") ? "\r" : "";
    return whole.slice(0, whole.length - this.halfBreak.length).replace(/\r\n?/g, "\n");
  }

  private advance(): void {
    // Judged on complete lines alone: half a line may still become anything.
    const complete = this.tail.lastIndexOf("\n") + 1;
    if (complete > this.searched && this.isWorthIt(complete)) this.settleBlocks(complete);
    if (this.isWorthIt(this.tail.length - RETRY_CHARS)) {
      this.searched = this.tail.length;
      this.cutTail(this.tail, ["paragraph"]);
    }
  }

  /** A long block that cannot be cut must not be read with each line. */
  private isWorthIt(length: number): boolean {
    return length > this.searched * (this.searched > UNCUT_CHARS ? 1 + GROWTH : 1);
  }

  /** Settle all blocks but the last one of the complete lines. */
  private settleBlocks(complete: number): void {
    const text = this.tail.slice(0, complete);
    const [, ...ends] = blockStarts(text, this.blocksOf(text));
    let from = 0;
    for (const end of ends) {
      this.settle(text.slice(from, end));
      from = end;
    }
    this.tail = this.tail.slice(from);
    this.searched = complete - from;
    this.cutTail(text.slice(from), KINDS);
  }

  /** Settle what can be cut off the tail, judged by this much of it. */
  private cutTail(text: string, kinds: readonly Kind[]): void {
    const rest = this.cutOff(text, kinds);
    this.tail = rest + this.tail.slice(text.length);
    this.searched += rest.length - text.length;
  }

  /** A block is complete: make parts of it. */
  private settle(text: string): void {
    const rest = this.cutOff(text, KINDS);
    if (text.includes("]:")) parseBlocks(text, this.references);
    if (rest.trim() !== "" || this.group) this.add(rest, this.group);
    this.group = null;
  }

  /** Make parts of the beginning of a long block; return what is left of it. */
  private cutOff(text: string, kinds: readonly Kind[]): string {
    if (text.length < SHORT_CHARS) return text;
    const tokens = this.blocksOf(text);
    const cut = findCut(text, tokens);
    if (!cut || !kinds.includes(cut.kind)) return text;
    const group = this.group ?? new Group(cut.kind);
    group.note(tokens);
    let lead = "";
    let from = 0;
    for (const end of cut.ends) {
      this.add(lead + text.slice(from, end), group);
      this.group = group;
      lead = cut.lead;
      from = end + cut.gap;
    }
    return lead + text.slice(from);
  }

  /** The part that grows has this text for good. */
  private add(source: string, group: Group | null): void {
    const part = this.show(source);
    part.group = group;
    this.settled += 1;
    if (!group) return;
    const tokens = this.blocksOf(source);
    part.itemsBefore = group.learn(tokens, !part.isContinued);
    if (group.kind === "paragraph" && part.isContinued && isTable(tokens)) this.isBroken = true;
  }

  private showTail(): void {
    if (this.tail === "") return;
    const whole = this.tail.lastIndexOf("\n");
    if (isHeld(this.tail.slice(whole + 1), whole >= 0)) {
      if (whole >= 0) this.show(this.tail.slice(0, whole));
      return;
    }
    const shown = this.parts[this.settled]?.source ?? "";
    const isLittle = this.tail.length < shown.length * (1 + GROWTH);
    if (shown.length > UNCUT_CHARS && isLittle && this.tail.startsWith(shown)) {
      this.show(shown, this.tail.slice(shown.length));
    } else {
      this.show(this.tail);
    }
  }

  private show(source: string, pending = ""): Part {
    const part = this.parts[this.settled] ?? new Part(this.references);
    this.parts[this.settled] = part;
    part.source = source;
    part.pending = pending;
    part.group = this.group;
    part.isContinued = this.group !== null;
    return part;
  }

  private startOver(text: string): void {
    const whole = new Part(this.references);
    whole.source = text;
    this.parts.splice(0, this.parts.length, whole);
  }

  private blocksOf(text: string): Token[] {
    this.parsedChars += text.length;
    // A half-written definition must not stay.
    return parseBlocks(text, { ...this.references });
  }
}

/**
 * Whether a line that is not whole is better not shown yet: it would flash as what it is not.
 * "-" below a paragraph begins a list far more often than it makes it a heading.
 */
function isHeld(line: string, isBelow: boolean): boolean {
  return (isBelow && UNDERLINE.test(line)) || mayBeFoldTag(line);
}

/** Words put in for the start of a paragraph must not become a table's head. */
function isTable([first, second]: readonly Token[]): boolean {
  return first?.type === "table_open" || second?.type === "table_open";
}

function blockStarts(text: string, tokens: readonly Token[]): number[] {
  const starts: number[] = [];
  let offset = 0;
  let line = 0;
  let definedTo = -1;
  for (const { type, level, nesting, map } of tokens) {
    if (level !== 0 || nesting < 0 || !map) continue;
    for (; line < map[0]; line += 1) offset = text.indexOf("\n", offset) + 1;
    // Just below a definition its title may be, which takes some more lines to see.
    if (map[0] !== definedTo) starts.push(offset);
    if (type === "reference_definition") definedTo = map[1];
  }
  return starts;
}
