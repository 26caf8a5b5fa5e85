import type { Token } from "markdown-it";
import { parse } from "./parser/parser.ts";

export type Kind = "fence" | "list" | "table" | "quote" | "paragraph";

/** Cuts of a long block that no later text can reach across. */
export interface Cut {
  readonly kind: Kind;
  /** Where parts end: offsets in the block's text. */
  readonly ends: readonly number[];
  /** What each part but the first has before its own text, to be the same block. */
  readonly lead: string;
  /** Characters left out at each cut. */
  readonly gap: number;
}

const FENCE_LINES = 40;
const TABLE_CELLS = 60;
const LIST_ITEMS = 12;
const LONG_CHARS = 1_500;
const STANDS_FOR_A_START = "x ";
const QUOTED = /^ {0,3}>/;
// A space between two words of one line: cutting there changes neither side.
const SPACE = /[A-Za-z0-9,.;:] (?=[A-Za-z0-9])/g;
// Characters that may open a span which closes after the cut.
const OPEN = /[`[\\<$]|[*~](?!\s)|(?<![A-Za-z0-9])_/;

/** Find where to cut the block that a text consists of; null: it is short, or cannot be. */
export function findCut(text: string, tokens: readonly Token[]): Cut | null {
  const first = tokens.find((token) => token.level === 0 && token.map);
  const starts = lineStarts(text);
  switch (first?.type) {
    case "fence":
      return cutFence(text, first, starts);
    case "table_open":
      return cutTable(text, first, tokens, starts);
    case "bullet_list_open":
    case "ordered_list_open":
      return cutList(text, tokens, starts);
    case "blockquote_open":
      return cutQuote(text, tokens, starts) ?? cutParagraph(text, tokens, 1, "> ");
    case "paragraph_open":
      return cutParagraph(text, tokens, 0, "");
    default:
      return null;
  }
}

function cutFence(text: string, { map }: Token, starts: number[]): Cut | null {
  if (!map) return null;
  const [start, end] = map;
  const lead = text.slice(starts[start], starts[start + 1]);
  return cutLines("fence", starts, start + 1, end, FENCE_LINES, lead);
}

function cutTable(text: string, { map }: Token, tokens: readonly Token[], starts: number[]): Cut | null {
  if (!map) return null;
  const [start, end] = map;
  const columns = tokens.filter((token) => token.type === "th_open").length;
  const rows = Math.max(4, Math.floor(TABLE_CELLS / Math.max(1, columns)));
  const lead = text.slice(starts[start], starts[start + 2]);
  return cutLines("table", starts, start + 2, end, rows, lead);
}

/** Cut after each so many lines, but not behind the last one. */
function cutLines(
  kind: Kind,
  starts: number[],
  from: number,
  to: number,
  every: number,
  lead: string,
): Cut | null {
  const ends: number[] = [];
  for (let line = from + every; line < to; line += every) ends.push(starts[line] ?? 0);
  return ends.length > 0 ? { kind, ends, lead, gap: 0 } : null;
}

function cutList(text: string, tokens: readonly Token[], starts: number[]): Cut | null {
  const items = tokens.filter(({ type, level }) => type === "list_item_open" && level === 1);
  return cutAt("list", text, items, starts, LIST_ITEMS);
}

function cutQuote(text: string, tokens: readonly Token[], starts: number[]): Cut | null {
  const blocks = tokens.filter(({ level, nesting, map }) => level === 1 && nesting >= 0 && map);
  const quoted = blocks.filter(({ map }) => QUOTED.test(text.slice(starts[map?.[0] ?? 0])));
  return cutAt("quote", text, quoted, starts, LIST_ITEMS);
}

/** Cut where one of the tokens begins, if enough of them, or of text, is before it. */
function cutAt(kind: Kind, text: string, tokens: Token[], starts: number[], every: number): Cut | null {
  const ends: number[] = [];
  let last = 0;
  let count = 0;
  for (const { map } of tokens) {
    const at = starts[map?.[0] ?? 0] ?? 0;
    if (count >= every || (count > 0 && at - last > LONG_CHARS)) {
      ends.push(at);
      last = at;
      count = 0;
    }
    count += 1;
  }
  return ends.length > 0 && text.length > 0 ? { kind, ends, lead: "", gap: 0 } : null;
}

function cutParagraph(text: string, tokens: readonly Token[], level: number, quote: string): Cut | null {
  const blocks = tokens.filter((t) => t.level === level && t.nesting >= 0 && t.map);
  const isAlone = blocks.length === 1 && blocks[0]?.type === "paragraph_open";
  if (!isAlone || text.length < LONG_CHARS) return null;
  const lead = quote + STANDS_FOR_A_START;
  const spaces = [...text.matchAll(SPACE)].map(({ index }) => index + 1);
  // One that begins like this may begin with definitions of links.
  if (text.trimStart().slice(quote.length).trimStart().startsWith("[")) return null;
  for (const part of [1, 0.7, 0.4]) {
    const end = spaces[Math.floor((spaces.length - 1) * part)];
    if (end === undefined || end < LONG_CHARS / 4) return null;
    if (isClosed(text.slice(0, end))) return { kind: "paragraph", ends: [end], lead, gap: 1 };
  }
  return null;
}

/** Whether nothing that begins in a paragraph's text may end behind it. */
function isClosed(text: string): boolean {
  // Its last line may be the head of a table, which must not be cut.
  if (text.slice(text.lastIndexOf("\n") + 1).includes("|")) return false;
  const inline = parse(text, {}).find((token) => token.type === "inline");
  return (inline?.children ?? []).every(
    (token) => token.type !== "text" || !OPEN.test(token.content),
  );
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
