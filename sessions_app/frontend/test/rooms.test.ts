import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

const SOURCE = join(import.meta.dirname, "../src");
const FILE = /(?:\bfrom|\bimport\()\s*"(\.[^"]+)"/g;

/**
 * The rooms of the page, from the top down: each imports those below it alone, types included. Rooms
 * of one line know each other or could: `model` is the fold of its rows, `model/fold` makes the rows.
 */
const ROOMS: readonly (readonly string[])[] = [
  ["main.ts"],
  ["frame"],
  ["frame/sidebar"],
  ["page"],
  ["wall"],
  ["look_back"],
  ["review"],
  ["ship"],
  ["replay"],
  ["view/timeline"],
  ["view/row"],
  ["view/inbox"],
  ["view/tool"],
  ["view/form"],
  ["view/approval"],
  ["view/presentation"],
  ["view/notification"],
  ["push"],
  ["view/head"],
  ["palette"],
  ["view/session_list"],
  ["view/code"],
  ["agent"],
  ["writing"],
  ["view"],
  ["model/navigation"],
  ["link"],
  ["model", "model/fold"],
  ["paint"],
  ["worker"],
  ["diagram"],
  ["math"],
  ["markdown"],
  ["markdown/parser"],
  ["terminal"],
  ["text"],
  ["window"],
  ["browser"],
  ["json"],
  ["protocol.ts"],
];

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function roomOf(file: string): string {
  const room = dirname(file);
  return room === "." ? file : room;
}

function imports(): Import[] {
  return globSync("**/*.ts", { cwd: SOURCE }).flatMap((file) => {
    const text = readFileSync(join(SOURCE, file), "utf8");
    return [...text.matchAll(FILE)].map(([, path = ""]) => {
      const to = relative(SOURCE, resolve(SOURCE, dirname(file), path));
      return { file, from: roomOf(file), to: roomOf(to) };
    });
  });
}

test("every room has one line in the table, and every line is a room", () => {
  const files = globSync("**/*.ts", { cwd: SOURCE });
  const rooms = new Set(files.map(roomOf));
  assert.deepEqual(ROOMS.flat().sort(), [...rooms].sort());
});

test("rooms import those below them alone", () => {
  const level = new Map(ROOMS.flatMap((line, at) => line.map((room) => [room, at] as const)));
  const found = imports();
  assert.ok(found.length > 500, "the imports were found");
  const wrong = found.filter(({ from, to }) => from !== to && (level.get(to) ?? -1) < (level.get(from) ?? -1));
  assert.deepEqual(wrong.map(({ file, to }) => `${file} imports ${to}`), []);
});
