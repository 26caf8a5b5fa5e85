import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzy } from "../src/palette/fuzzy.ts";

/** The naive reading: the letters are there, in their order. */
function isThere(query: string, text: string): boolean {
  const letters = [...query.toLowerCase()].filter((letter) => letter.trim() !== "");
  let from = 0;
  const within = text.toLowerCase();
  return letters.every((letter) => {
    const at = within.indexOf(letter, from);
    from = at + letter.length;
    return at >= 0;
  });
}

test("a text fits if the letters of the query are in it, in their order", () => {
  for (const query of words(3)) {
    for (const text of words(4)) {
      const match = fuzzy(query, text);
      assert.equal(match !== null, isThere(query, text), `${query} in ${text}`);
      const letters = match?.at.map((at) => text[at]).join("").toLowerCase();
      if (match) assert.equal(letters?.replaceAll(" ", ""), query.replaceAll(" ", "").toLowerCase());
    }
  }
});

/** All texts of at most so many of a few letters. */
function words(most: number): string[] {
  if (most === 0) return [""];
  const shorter = words(most - 1);
  return ["", ...["a", "b", "A", " ", "-"].flatMap((letter) => shorter.map((rest) => letter + rest))];
}

test("what begins a word, and what stands together, comes first", () => {
  const best = (query: string, ...texts: string[]): string | undefined =>
    texts.toSorted((a, b) => (fuzzy(query, b)?.score ?? -1e9) - (fuzzy(query, a)?.score ?? -1e9))[0];
  assert.equal(best("out", "All about it", "Outline of the session", "o u t"), "Outline of the session");
  assert.equal(best("rs", "across", "Replay the session"), "Replay the session");
  assert.equal(best("inb", "fine blue", "Inbox"), "Inbox");
});
