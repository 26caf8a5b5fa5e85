import assert from "node:assert/strict";
import { test } from "node:test";
import markdownit from "markdown-it";
import { decodeHTMLStrict } from "../../src/markdown/parser/entities.ts";
import { ENTITY_NAMES } from "./entity_names.ts";

// By its path: by its name it is ours here, as in the page.
const theirs = (await import(new URL("../../node_modules/entities/dist/index.js", import.meta.url).href)) as {
  decodeHTMLStrict(text: string): string;
};
const NAMES = [...ENTITY_NAMES.matchAll(/[a-z]\w*/gi)].map(([name]) => name);

test("all names that HTML has stand for what a browser says", () => {
  assert.equal(new Set(NAMES).size, 2_125);
  for (const name of NAMES) {
    const chars = decodeHTMLStrict(`&${name};`);
    assert.notEqual(chars, `&${name};`);
    assert.equal(chars, theirs.decodeHTMLStrict(`&${name};`), name);
  }
});

test("what is nearly a name stands for itself", () => {
  for (const name of NAMES) {
    for (const near of [`${name}x`, name.slice(0, -1), name.toUpperCase(), name.toLowerCase()]) {
      assert.equal(decodeHTMLStrict(`&${near};`), theirs.decodeHTMLStrict(`&${near};`), near);
    }
  }
});

test("markdown-it asks ours, to which a number that is too long is none", () => {
  const hrefOf = (address: string): unknown => {
    const [, inline] = markdownit().parse(`[a](${address})`, {});
    return inline?.children?.[0]?.attrGet("href");
  };
  assert.equal(hrefOf("/&nvlt;&constructor;"), "/%3C%E2%83%92&constructor;");
  assert.equal(hrefOf("/&#000000065;"), "/&#000000065;");
  assert.equal(theirs.decodeHTMLStrict("&#000000065;"), "A");
});
