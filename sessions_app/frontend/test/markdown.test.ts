import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MarkdownStream, parseWhole } from "../src/markdown/stream.ts";
import type { VNode } from "../src/markdown/vnode.ts";

const CASES = JSON.parse(
  readFileSync(new URL("markdown_cases.json", import.meta.url), "utf8"),
) as { documents: string[]; hostile: string[] };

const TAGS = new Set(
  "p h1 h2 h3 h4 h5 h6 ul ol li pre code blockquote em strong s a span br hr table thead tbody tr th td".split(
    " ",
  ),
);
const ATTRS = new Set(["href", "target", "rel", "class", "title", "start", "data-language"]);

function streamed(pieces: string[]): VNode[] {
  const stream = new MarkdownStream();
  const document: VNode[] = [];
  for (const piece of pieces) document.push(...stream.push(piece).settled);
  const rest = stream.end();
  return rest === "start over" ? parseWhole(pieces.join("")) : [...document, ...rest];
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

function randomDocument(next: () => number): string {
  const pieces = ["# h", "a b", "- x", "  y", "    z", "1. one", "> q", "```", "|a|b|",
    "|-|-|", "---", "===", "", "", "**b", "`c`", "[l](http://x.y)", "[r]", "[r]: /u", "+", "2. two"];
  const lines = Array.from({ length: 12 }, () => pieces[Math.floor(next() * pieces.length)]);
  return lines.join("\n");
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

test("random documents give what the whole gives", () => {
  const next = random(7);
  for (let i = 0; i < 1_500; i += 1) {
    const text = randomDocument(next);
    assert.deepEqual(streamed([...text]), parseWhole(text), JSON.stringify(text));
  }
});

test("what is shown meanwhile is the whole of what has come", () => {
  const definition = /^ *\[\w+\]:/m; // reaches back, and is put right at the end
  for (const text of CASES.documents.filter((each) => !definition.test(each))) {
    const stream = new MarkdownStream();
    const shown: VNode[] = [];
    for (let at = 1; at <= text.length; at += 1) {
      const change = stream.push(text.slice(at - 1, at));
      shown.push(...change.settled);
      if (text[at - 1] === "\r") continue;
      assert.deepEqual([...shown, ...change.tail], parseWhole(text.slice(0, at)));
    }
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
  const shown = stream.end();
  assert.deepEqual(shown, parseWhole(text));
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
