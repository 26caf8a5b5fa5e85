import assert from "node:assert/strict";
import { test } from "node:test";
import { readable } from "../src/markdown/readable.ts";
import { element } from "../src/markdown/vnode.ts";
import { spellOut, spellOutMarked, spellOutProse } from "../src/text/spelled.ts";
import { random } from "./log.ts";

const SAMPLES = ["a", " ", "\n", "\u202e", "\u200b", "\u00a0", "\u00ad", "\u{e0041}", "\r", "é"];

/** Naive: what Unicode calls a control, a format or a separator character. */
function isHidden(char: string): boolean {
  return !"\n\t ".includes(char) && /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}]/u.test(char);
}

test("hidden characters are spelled out, and the spelling can be read back", () => {
  const next = random(7);
  for (let round = 0; round < 500; round += 1) {
    const text = Array.from({ length: 12 }, () => SAMPLES[Math.floor(next() * SAMPLES.length)]).join("");
    const shown = spellOut(text);
    assert.ok(![...shown].some(isHidden), JSON.stringify(shown));
    const back = shown.replace(/⟨U\+([0-9A-F]+)⟩/g, (_, hex: string) =>
      String.fromCodePoint(parseInt(hex, 16)),
    );
    assert.equal(back, text);
  }
});

test("Hebrew, Arabic, Japanese and emoji stay as they are", () => {
  for (const text of ["שלום עולם", "مرحبا", "日本語　全角", "❤️ 1️⃣ 👩‍💻", "naïve"]) {
    assert.equal(spellOut(text), text);
  }
});

test("a letter that passes for a Latin one is spelled out beside one", () => {
  assert.equal(spellOut("\u0430dmin p\u0430ypal"), "⟨U+0430⟩dmin p⟨U+0430⟩ypal");
  for (const text of ["Осторожно: run app.py", "Δt = 3 μs"]) assert.equal(spellOut(text), text);
});

test("prose keeps the joiners and marks that it is written with", () => {
  for (const text of ["می‌خواهم", "שלום\u200f!", "« déjà »"]) assert.equal(spellOutProse(text), text);
  assert.equal(spellOutProse("a\u202eb"), "a⟨U+202E⟩b");
});

test("marks stay on their text when characters before it are spelled out", () => {
  const text = "x\u202ey\u200bz";
  const marks = [
    { from: 0, to: 1, name: "code-name" },
    { from: 2, to: 5, name: "word-in" },
  ] as const;
  const spelled = spellOutMarked(text, marks);
  const said = spelled.marks.map(({ from, to, name }) => [name, spelled.text.slice(from, to)]);
  assert.deepEqual(said, [
    ["code-name", "x"],
    ["word-in", "y⟨U+200B⟩z"],
    ["hidden", "⟨U+202E⟩"],
    ["hidden", "⟨U+200B⟩"],
  ]);
});

test("a block has its own direction, code is left to right, and neither hides a character", () => {
  const shown = readable([
    element("p", {}, ["שלום \u202e", element("code", {}, ["a\u00a0b"])]),
  ]);
  assert.deepEqual(shown, [
    element("p", { dir: "auto" }, [
      "שלום ",
      element("span", { class: "hidden-char" }, ["⟨U+202E⟩"]),
      element("code", { dir: "ltr" }, ["a", element("span", { class: "hidden-char" }, ["⟨U+00A0⟩"]), "b"]),
    ]),
  ]);
});
