// Prints, for each kind of long block, the ms that 20 more characters cost at 5 kB and
// at 200 kB: taken in, and the part that grows made anew as for the page.
import { MarkdownStream } from "../src/markdown/stream.ts";

const STEP = 20;
const KB = 1_000;
const NEAR = 4 * KB; // chars over which a cost is averaged: cuts come now and then
const TRIALS = 9;
const KINDS: Record<string, (n: number) => string> = {
  paragraph: (n) => `word${n} and *some* more, `,
  list: (n) => `- item ${n} with some words\n`,
  table: (n) => (n === 0 ? "| a | b |\n|---|--:|\n" : `| ${n} | cell of a row |\n`),
  quote: (n) => `> said ${n}\n${n % 9 === 8 ? ">\n" : ""}`,
  fence: (n) => (n === 0 ? "```py\n" : `value_${n} = ${n}\n`),
};

function textOf(piece: (n: number) => string): string {
  let text = "";
  for (let n = 0; text.length < 200 * KB + NEAR; n += 1) text += piece(n);
  return text;
}

/** Mean ms of an append, from a length on. */
function cost(text: string, length: number): number {
  const stream = new MarkdownStream();
  stream.push(text.slice(0, length));
  const before = performance.now();
  for (let at = length; at < length + NEAR; at += STEP) {
    stream.push(text.slice(at, at + STEP));
    stream.parts.at(-1)?.nodes();
  }
  return (performance.now() - before) / (NEAR / STEP);
}

/** The least of several trials, by turns: others use the machine too, and only add. */
function costs(text: string, lengths: readonly number[]): number[] {
  const least = lengths.map(() => Infinity);
  for (let trial = 0; trial < TRIALS; trial += 1) {
    lengths.forEach((length, i) => (least[i] = Math.min(least[i] ?? Infinity, cost(text, length))));
  }
  return least;
}

const found = Object.entries(KINDS).map(([kind, piece]) => {
  const text = textOf(piece);
  return [kind, costs(text, [5 * KB, 200 * KB])];
});
console.log(JSON.stringify(Object.fromEntries(found)));
