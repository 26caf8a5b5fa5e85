import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMNS, ROWS, Screen } from "../../src/terminal/screen.ts";
import { names, PLAIN, restyled } from "../../src/terminal/look.ts";
import { nearestOf256 } from "../../src/terminal/colour.ts";
import { NaiveTerminal } from "./naive_terminal.ts";
import { CodeBlock } from "../../src/view/code/code_block.ts";
import { random } from "../log.ts";

const ROUNDS = 3_000;
const PIECES = [
  "plain ",
  "naïve 😀",
  "\n",
  "\r",
  "\r\n",
  "\b",
  "\b\b\b",
  "\t",
  "\u0007",
  "\u001b[31m",
  "\u001b[0m",
  "\u001b[1;4;38;5;208m",
  "\u001b[48;2;10;200;30m",
  "\u001b[7m",
  "\u001b[m",
  "\u001b[38;5m",
  "\u001b[K",
  "\u001b[1K",
  "\u001b[2K",
  "\u001b[2J\u001b[10;4H",
  "\u001b[?25l",
  "\u001b[>4;2m",
  "\u001b]0;title\u0007",
  "\u001b]7;http://x\u001b\\link\u001b]7;\u001b\\",
  "\u001b]0;broken\n",
  "\u001bPdcs\u001b\\",
  "\u001b(B",
  "\u001b7",
  "\u001b",
  "\u001b[",
  "\u001b[3",
  "\u001b]",
  "\u009b32m",
  "\u001b[A",
  "\u001b[2A",
  "\u001b[B",
  "\u001b[3C",
  "\u001b[2D",
  "\u001b[4G",
  "\u001b[J",
  "\u001b[E",
  "\u001b[2F",
  "\u001b[H",
  "\u0085",
  "\u007f",
  "0m",
];

function shown(text: string, cuts: readonly number[] = []): Screen {
  const screen = new Screen();
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    screen.write(text.slice(from, cut));
    from = cut;
  }
  return screen;
}

function pick<T>(from: readonly T[], next: () => number): T {
  return from[Math.floor(next() * from.length)] as T;
}

test("a screen shows what a naive terminal shows, wherever its input is cut", () => {
  const next = random(7);
  for (let round = 0; round < ROUNDS; round += 1) {
    const size = Math.floor(next() * 25);
    const text = Array.from({ length: size }, () => pick(PIECES, next)).join("");
    const cuts = Array.from({ length: 4 }, () => Math.floor(next() * text.length))
      .filter((cut) => !/[\udc00-\udfff]/.test(text[cut] ?? "")) // no delta splits a pair
      .sort((a, b) => a - b);
    const naive = new NaiveTerminal();
    naive.write(text);
    assert.deepEqual(shown(text, cuts).lines, naive.lines(), JSON.stringify([text, cuts]));
  }
});

test("marks say where the colours are, in UTF-16 code units", () => {
  const [line] = shown("😀\u001b[31mred\u001b[1m bold\u001b[0m.").lines;
  assert.deepEqual(line, {
    text: "😀red bold.",
    marks: [
      { from: 2, to: 5, name: "foreground-1" },
      { from: 5, to: 10, name: "foreground-1" },
      { from: 5, to: 10, name: "bold" },
    ],
  });
});

test("a progress bar is the last thing it was", () => {
  const { lines } = shown("10 %\r50 %\r\u001b[K99 %\r100 %\ndone\n");
  assert.deepEqual(lines.map((line) => line.text), ["100 %", "done"]);
});

test("a line without end goes on in the next one", () => {
  const { lines } = shown("x".repeat(COLUMNS * 2 + 5));
  assert.deepEqual(lines.map((line) => line.text.length), [COLUMNS, COLUMNS, 5]);
});

test("a sequence that does not end is shown after a while, not held for ever", () => {
  const text = `\u001b]0;${"x".repeat(10_000)}`;
  assert.ok(shown(text).lines.map((line) => line.text).join("").length > 9_000);
});

test("a million backspaces cost no more than a million letters", () => {
  const screen = shown("x".repeat(1_500) + "a\b".repeat(500_000));
  assert.equal(screen.last.text, `${"x".repeat(1_500)}a`);
});

test("looks add up and are taken away", () => {
  const look = ["1;31", "44", "22", "4", "39"].reduce(restyled, PLAIN);
  assert.deepEqual(names(look), ["background-4", "underline"]);
  assert.deepEqual(names(restyled(look, "")), []);
  assert.deepEqual(names(restyled(PLAIN, "7")), ["foreground-15", "background-8"]);
});

test("256 colours and true ones become the nearest of the sixteen", () => {
  assert.deepEqual([nearestOf256(9), nearestOf256(16), nearestOf256(231), nearestOf256(46)], [9, 0, 15, 10]);
  assert.deepEqual(names(restyled(PLAIN, "38;2;250;10;10;1")), ["foreground-9", "bold"]);
  assert.deepEqual(names(restyled(PLAIN, "38;2;999;10;10;1")), ["bold"]);
  assert.deepEqual(names(restyled(PLAIN, "38:5:196")), ["foreground-9"]);
});

test("bars that a program draws one above the other are drawn over", () => {
  const bars = (percent: number): string => `\u001b[2A\u001b[2K a ${percent}%\r\n\u001b[2K b ${percent}%\r\n`;
  const { lines } = shown(`Pulling\n a 0%\n b 0%\n${bars(50)}${bars(100)}done\n`);
  assert.deepEqual(lines.map((line) => line.text), ["Pulling", " a 100%", " b 100%", "done"]);
});

test("bars are drawn over that a program reaches by lines, and a cleared window goes on below", () => {
  const texts = (text: string): string[] => shown(text).lines.map((line) => line.text);
  assert.deepEqual(texts("a 0%\nb 0%\u001b[1Fa 9%\u001b[1Eb 9%\n"), ["a 9%", "b 9%"]);
  assert.deepEqual(texts("$ clear\n1 old\u001b[H\u001b[2J1 new"), ["$ clear", "1 old", "1 new"]);
});

test("lines that the cursor can no longer reach stay as they are", () => {
  const { lines } = shown("x\n".repeat(ROWS * 3) + "\u001b[9999Atop\n");
  assert.equal(lines.length, ROWS * 3);
  assert.equal(lines.findIndex(({ text }) => text === "top"), ROWS * 2 + 1);
});

test("a link shows where it leads, unless its text says so", () => {
  const link = (url: string, text: string): string => `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\`;
  const { lines } = shown(`see ${link("https://evil.example/x", "the docs")}.\n${link("http://a", "http://a")}\n`);
  assert.deepEqual(lines.map((line) => line.text), ["see the docs <https://evil.example/x>.", "http://a"]);
});

test("a line longer than the screen is copied as one", () => {
  const [block] = new CodeBlock({ className: "output", form: "text" }, null).pieces(shown("x".repeat(COLUMNS + 5)).lines);
  assert.equal((block as unknown as { text: string }).text, `${"x".repeat(COLUMNS + 5)}\n`);
});
