import markdownit from "markdown-it";
import type { Env } from "markdown-it";
import { treeOf } from "./tree.ts";
import type { VNode } from "./vnode.ts";

const parser = markdownit({ html: false, linkify: true, breaks: false });
// "example.py" and "README.md" are files far more often than hosts.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });

// One block longer than this is parsed anew only when it has grown by a part of
// itself; what came since then is shown as it is.
const LONG_BLOCK = 4_000;
const GROWTH = 1 / 32;

type References = NonNullable<Env["references"]>;

/** `settled` follows what was settled before; `tail` stands until the next change. */
export interface Change {
  settled: VNode[];
  tail: VNode[];
}

/** Parse a whole text at once. */
export function parseWhole(text: string): VNode[] {
  return treeOf(parser.parse(text, {}));
}

/**
 * Markdown that grows at its end.
 *
 * A top-level block is settled once a complete line after it begins another block:
 * nothing that comes later can reach back into it, save link definitions, for which
 * `end` starts over. Only what is behind the settled blocks is parsed again.
 */
export class MarkdownStream {
  parsedChars = 0; // what parsing has cost so far
  private tail = "";
  private halfBreak = ""; // a CR that may be the first half of a line's end
  private parsedTail = 0;
  private lastTail: VNode[] = [];
  private references: References = {};
  private searched = 0;

  /** Add text at the end. */
  push(text: string): Change {
    this.tail += this.unixLines(text);
    const settled = this.settle();
    return { settled, tail: this.parseTail(settled.length > 0) };
  }

  /** The text is complete: settle what is left, or hear that it takes a new start. */
  end(): VNode[] | "start over" {
    const references = { ...this.references };
    const rest = this.parse(this.tail + this.halfBreak, references);
    // A definition may change what links in blocks that were settled before it.
    return Object.keys(references).length > 0 ? "start over" : rest;
  }

  private unixLines(text: string): string {
    const whole = this.halfBreak + text;
    this.halfBreak = whole.endsWith("\r") ? "\r" : "";
    return whole.slice(0, whole.length - this.halfBreak.length).replace(/\r\n?/g, "\n");
  }

  private settle(): VNode[] {
    // Judged on complete lines alone: half a line may still become anything.
    const complete = this.tail.lastIndexOf("\n") + 1;
    if (complete <= this.searched) return [];
    if (this.isLong(this.searched) && complete < this.searched * (1 + GROWTH)) return [];
    this.searched = complete;
    const cut = this.lastBlockStart(this.tail.slice(0, complete));
    if (cut === 0) return [];
    const settled = this.parse(this.tail.slice(0, cut), this.references);
    this.tail = this.tail.slice(cut);
    this.searched = complete - cut;
    this.parsedTail = 0;
    return settled;
  }

  private lastBlockStart(text: string): number {
    const env = { references: { ...this.references } };
    this.parsedChars += text.length;
    // Blocks alone: `inline` is most of the work and does not move a block.
    const state = new parser.block.State(text, parser, env, []);
    parser.block.tokenize(state, state.line, state.lineMax);
    const starts = state.tokens.filter((t) => t.level === 0 && t.nesting >= 0 && t.map);
    const line = starts.at(-1)?.map?.[0] ?? 0;
    return starts.length > 1 ? offsetOfLine(text, line) : 0;
  }

  private parseTail(moved: boolean): VNode[] {
    const grown = this.tail.length - this.parsedTail;
    const wait = this.isLong(this.parsedTail) && grown < this.parsedTail * GROWTH;
    if (!moved && wait) return [...this.lastTail, this.tail.slice(this.parsedTail)];
    this.parsedTail = this.tail.length;
    this.lastTail = this.parse(this.tail);
    return this.lastTail;
  }

  private isLong(length: number): boolean {
    return length > LONG_BLOCK;
  }

  private parse(text: string, references?: References): VNode[] {
    this.parsedChars += text.length;
    // Speculative parses get their own copy: a half-written definition must not stay.
    const env = { references: references ?? { ...this.references } };
    return treeOf(parser.parse(text, env));
  }
}

function offsetOfLine(text: string, line: number): number {
  let offset = 0;
  for (let i = 0; i < line; i += 1) offset = text.indexOf("\n", offset) + 1;
  return offset;
}
