import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { join } from "../../src/markdown/part.ts";
import { parse } from "../../src/markdown/parser/parser.ts";
import { MarkdownStream } from "../../src/markdown/stream.ts";
import { treeOf } from "../../src/markdown/tree.ts";
import type { VNode } from "../../src/markdown/vnode.ts";

const CASES = JSON.parse(
  readFileSync(new URL("markdown_cases.json", import.meta.url), "utf8"),
) as { documents: string[]; hostile: string[] };

const TAGS = new Set(
  "details summary button p h1 h2 h3 h4 h5 h6 ul ol li pre code blockquote em strong s a span br hr table thead tbody tr th td".split(
    " ",
  ),
);
const ATTRS = new Set(["href", "target", "rel", "class", "title", "start", "data-language", "type", "aria-label", "open"]);

/** The naive one: all at once. */
function parseWhole(text: string): VNode[] {
  return oneText(treeOf(parse(text, {})));
}

function streamed(pieces: string[]): VNode[] {
  const stream = new MarkdownStream();
  for (const piece of pieces) stream.push(piece);
  stream.end(pieces.join(""));
  return oneText(join(stream.parts));
}

/** Texts side by side are one text to a reader. */
function oneText(nodes: VNode[]): VNode[] {
  const joined: VNode[] = [];
  for (const node of nodes) {
    const last = joined.at(-1);
    if (typeof node === "object") joined.push({ ...node, children: oneText(node.children) });
    else if (typeof last === "string") joined.splice(-1, 1, last + node);
    else joined.push(node);
  }
  return joined;
}

function cutAt(text: string, at: number): string[] {
  return [text.slice(0, at), text.slice(at)];
}

function* walk(nodes: VNode[]): Generator<Exclude<VNode, string>> {
  for (const node of nodes) {
    if (typeof node === "string") continue;
    yield node;
    yield* walk(node.children);
  }
}

/** A small generator with a seed, so that a failure can be seen again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const LINES = ["# h", "a b", "- x", "  y", "    z", "1. one", "> q", "```", "|a|b|", "|-|-|", "---", "===", "", "", "",
  "**b", "`c`", "[l](http://x.y)", "[r]", "[r]: /u", "+", "2. two"];
const HARDER = ["- [ ] to do", "- [x] done", "~~gone~~ *and* __so__", "![i](http://x.y/i.png \"t\")", "<b>raw</b> &amp; &#42;",
  "a  ", "b\\", "\tcode", "> - in > both", ">> deeper", "```py", "~~~", "| `x|y` | *z |", "|:-|-:|", "https://x.y/z_(w)",
  "[l]: <http://x.y> 't'", "[l][r] and [r][]", "*a", "b*", "``", "<!-- c", "-->", "   * deep", "10) ten", "<details>", "<details open>", "<summary>s *t*</summary>", "</details>", "<details><summary>u</summary>", "  </details>", "é😀 ｗ", "## ", "\r", "x\r"];

function randomDocument(next: () => number, pieces: readonly string[]): string {
  const count = 1 + Math.floor(next() * 16);
  const lines = Array.from({ length: count }, () => pieces[Math.floor(next() * pieces.length)]);
  return lines.join("\n");
}

function cutAtRandom(text: string, next: () => number): string[] {
  const most = 1 + Math.floor(next() * 40); // of a piece: some texts come in dribs, others in gulps
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = at + 1 + Math.floor(next() * most);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

test("text that comes letter by letter gives what the whole gives", () => {
  for (const text of CASES.documents) {
    assert.deepEqual(streamed([...text]), parseWhole(text), text);
  }
});

test("text cut in two anywhere gives what the whole gives", () => {
  for (const text of CASES.documents) {
    for (let at = 0; at <= text.length; at += 1) {
      assert.deepEqual(streamed(cutAt(text, at)), parseWhole(text), text);
    }
  }
});

test("random documents that come letter by letter give what the whole gives", () => {
  const next = random(7);
  for (let i = 0; i < 500; i += 1) {
    const text = randomDocument(next, LINES);
    assert.deepEqual(streamed([...text]), parseWhole(text), JSON.stringify(text));
  }
});

test("10,000 random documents cut at random places give what the whole gives", () => {
  const next = random(9);
  const all = [...LINES, ...HARDER];
  for (let i = 0; i < 10_000; i += 1) {
    const pieces = cutAtRandom(randomDocument(next, i % 2 ? LINES : all), next);
    const text = pieces.join("");
    assert.deepEqual(streamed(pieces), parseWhole(text), JSON.stringify(pieces));
  }
});

test("what is shown meanwhile is the whole of what has come", () => {
  const definition = /^ *\[\w+\]:/m; // reaches back, and is put right at the end
  for (const text of CASES.documents.filter((each) => !definition.test(each))) {
    const stream = new MarkdownStream();
    for (let at = 1; at <= text.length; at += 1) {
      stream.push(text.slice(at - 1, at));
      if (text[at - 1] === "\r") continue;
      // A line that may turn a paragraph into a heading, or fold text, waits until it is whole.
      const come = text.slice(0, at);
      const shown = oneText(join(stream.parts));
      const held = come.replace(/(?:\n {0,3}(?:-+|=+) *|(?:^|\n) *<\/?[a-z]*(?: open)?>?[^\n]*)$/, "");
      const isHeld = held !== come && JSON.stringify(shown) === JSON.stringify(parseWhole(held));
      if (!isHeld) assert.deepEqual(shown, parseWhole(come));
    }
  }
});

const LONG = {
  paragraph: (n: number) => `word${n} and *some* more, `,
  lines: (n: number) => `line ${n} of a paragraph\n`,
  list: (n: number) => `- item ${n}\n`,
  loose: (n: number) => `${n + 3}. item ${n}\n${n % 50 === 49 ? "\n" : ""}`,
  table: (n: number) => (n === 0 ? "| a | b |\n|---|--:|\n" : `| ${n} | \`x|y\` |\n`),
  quote: (n: number) => `> said ${n}\n${n % 9 === 8 ? ">\n" : ""}`,
  quoted: (n: number) => (n === 0 ? "> " : `word${n} and more `),
  fence: (n: number) => (n === 0 ? "```py\n" : `x = ${n}\n`),
};
// A block that cannot be cut.
const FOLDED = (n: number): string => (n === 0 ? "<details>\n<summary>All</summary>\n\n" : `- item ${n}\n`);

for (const [name, piece] of Object.entries(LONG)) {
  test(`one long ${name}: bounded parts, a bounded cost, and what the whole gives`, () => {
    const pieces = Array.from({ length: 3_000 }, (_, n) => piece(n));
    const stream = new MarkdownStream();
    const costs = pieces.map((each) => {
      const before = stream.parsedChars;
      stream.push(each);
      return stream.parsedChars - before;
    });
    assert.ok(stream.parts.every(({ source, pending }) => source.length + pending.length < 4_000));
    const sum = (from: number, to: number): number => costs.slice(from, to).reduce((a, b) => a + b);
    assert.ok(sum(2_700, 3_000) < 2 * sum(300, 600) + 20_000);
    const text = pieces.join("");
    stream.end(text);
    assert.deepEqual(oneText(join(stream.parts)), parseWhole(text));
  });
}

test("a long paragraph that turns out to be a heading is one", () => {
  const text = `${"word and word ".repeat(400)}\n====\n`;
  const [heading] = streamed([...text]);
  assert.ok(typeof heading === "object" && heading.tag === "h1");
  assert.deepEqual([heading], parseWhole(text));
});

test("a long line that turns out to be the head of a table is one", () => {
  const text = `${"word and word ".repeat(400)} | b\n---|---\n1|2\n`;
  assert.deepEqual(streamed([...text]), parseWhole(text));
});

test("long documents of random long blocks give what the whole gives", () => {
  const next = random(8);
  const kinds = [...Object.values(LONG), FOLDED];
  for (let i = 0; i < 40; i += 1) {
    let text = "";
    for (let block = 0; block < 4; block += 1) {
      const piece = kinds[Math.floor(next() * kinds.length)] ?? LONG.list;
      const count = 1 + Math.floor(next() * 250);
      for (let n = 0; n < count; n += 1) text += next() < 0.02 ? "**b\n" : piece(n);
      text += next() < 0.5 ? "\n\n" : "\n";
    }
    const pieces = cutAtRandom(text, next);
    assert.deepEqual(streamed(pieces), parseWhole(text), JSON.stringify(text));
  }
});

test("the cost of a letter does not grow with the message", () => {
  const paragraph = `${"word ".repeat(30)}\n\n`;
  const cost = (count: number): number => {
    const stream = new MarkdownStream();
    for (const letter of paragraph.repeat(count)) stream.push(letter);
    return stream.parsedChars / (count * paragraph.length);
  };
  assert.ok(cost(80) < cost(8) * 1.2);
});

test("one long block costs little more than its length", () => {
  const stream = new MarkdownStream();
  const text = `\`\`\`\n${"x = 1\n".repeat(20_000)}`;
  for (let at = 0; at < text.length; at += 20) stream.push(text.slice(at, at + 20));
  stream.end(text);
  assert.deepEqual(oneText(join(stream.parts)), parseWhole(text));
  assert.ok(stream.parsedChars < text.length * 150);
});

test("hostile text makes no element or attribute of its own", () => {
  for (const text of [...CASES.hostile, CASES.hostile.join("\n\n")]) {
    for (const node of walk(streamed([...text]))) {
      assert.ok(TAGS.has(node.tag), `${node.tag} from ${text}`);
      for (const name of Object.keys(node.attrs)) assert.ok(ATTRS.has(name), `${name} from ${text}`);
    }
  }
});

test("links lead to the web or to mail, or nowhere", () => {
  for (const text of CASES.hostile) {
    for (const node of walk(parseWhole(text))) {
      if ("href" in node.attrs) assert.match(node.attrs["href"] ?? "", /^(https?:|mailto:)/i);
    }
  }
});

test("an image becomes a link to it", () => {
  const [paragraph] = parseWhole("![a cat](https://example.org/cat.png)");
  const [, link] = [...walk(paragraph ? [paragraph] : [])];
  assert.equal(link?.tag, "a");
  assert.deepEqual(link?.children, ["a cat"]);
});

test("a last line that may be a table's head is never cut from the line below it", () => {
  const text = `A paragraph\nname | ${"word ".repeat(600)}\n--- | ---\none | two\n`;
  const stream = new MarkdownStream();
  for (const letter of text) stream.push(letter);
  // Before the end: there, a cut in a wrong place would be made good.
  assert.deepEqual(oneText(join(stream.parts)), parseWhole(text));
  assert.equal(stream.parts.length, 2);
});
