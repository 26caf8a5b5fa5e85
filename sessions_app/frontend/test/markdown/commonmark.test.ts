import assert from "node:assert/strict";
import { test } from "node:test";
import spec from "commonmark-spec";
import markdownit from "markdown-it";
import { join } from "../../src/markdown/part.ts";
import { MarkdownStream } from "../../src/markdown/stream.ts";
import type { VNode } from "../../src/markdown/vnode.ts";
import { pageOf, tidy } from "./commonmark_page.ts";

// By their numbers in CommonMark 0.31.2; docs/markdown.md says why.
const OTHERWISE = {
  imagesAreLinks: [517, 520, 531, ...range(572, 589), 591],
  addressesAreLinks: [602, 608, 611],
  escapesInInfoStrings: [24, 34],
};

const examples = spec.tests
  .map(({ markdown, html, number }) => ({ markdown: tabbed(markdown), html: tabbed(html), number }))
  .filter(({ markdown }) => !hasHtml(markdown));

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** In the specification arrows stand for tabs. */
function tabbed(text: string): string {
  return text.replaceAll("→", "\t");
}

function hasHtml(markdown: string): boolean {
  const tokens = markdownit("commonmark").parse(markdown, {});
  const all = tokens.flatMap((token) => [token, ...(token.children ?? [])]);
  return all.some(({ type }) => type.startsWith("html_"));
}

function streamed(pieces: readonly string[]): VNode[] {
  const stream = new MarkdownStream();
  for (const piece of pieces) stream.push(piece);
  stream.end(pieces.join(""));
  return tidy(join(stream.parts));
}

/** The numbers of the examples that come out otherwise. */
function otherwise(cut: (markdown: string) => string[]): number[] {
  const found = examples.filter(({ markdown, html }) => {
    const [shown, wanted] = [streamed(cut(markdown)), pageOf(html)];
    return JSON.stringify(shown) !== JSON.stringify(wanted);
  });
  return found.map(({ number }) => number);
}

for (const [name, cut] of [
  ["at once", (text: string) => [text]],
  ["letter by letter", (text: string) => [...text]],
] as const) {
  test(`CommonMark's examples come out as they should, given ${name}`, () => {
    const known = Object.values(OTHERWISE).flat();
    assert.deepEqual(otherwise(cut), known.sort((a, b) => a - b));
    assert.equal(examples.length, 580);
    assert.ok(examples.length - known.length >= 550);
  });
}
