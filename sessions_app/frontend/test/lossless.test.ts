import assert from "node:assert/strict";
import { test } from "node:test";
import { WrittenNumber, readJson, readMessage, writeJson } from "../src/json/lossless.ts";
import { random } from "./log.ts";

const NUMBERS = [
  "9007199254740993",
  "-1001234567890123457",
  "123456789012345678901234567890",
  "1e3",
  "1E+3",
  "0.10",
  "1.0",
  "-0",
  "-0.0",
  "0",
  "17",
  "0.1",
  "1e400",
];

test("a number is written as it was read, wherever it stands", () => {
  for (const number of NUMBERS) {
    const text = `{"id":${number},"all":[${number},{"a":${number}}],"text":"${number} \\" ${number}"}`;
    assert.equal(writeJson(readJson(text)), text);
  }
});

test("numbers of every spelling come through, and their values are JavaScript's", () => {
  const next = random(3);
  const digits = (most: number): string =>
    Array.from({ length: 1 + Math.floor(next() * most) }, () => Math.floor(next() * 10)).join("");
  for (let round = 0; round < 5_000; round += 1) {
    const whole = next() < 0.3 ? "0" : `${1 + Math.floor(next() * 9)}${digits(24)}`;
    const fraction = next() < 0.5 ? `.${digits(20)}` : "";
    const exponent = next() < 0.3 ? `e${next() < 0.5 ? "-" : "+"}${digits(2)}` : "";
    const number = `${next() < 0.5 ? "-" : ""}${whole}${fraction}${exponent}`;
    const read = readJson(`[${number}]`) as [number | WrittenNumber];
    assert.equal(writeJson(read), `[${number}]`);
    assert.equal(Number(read[0]), JSON.parse(number));
  }
});

test("what is no JSON is refused", () => {
  for (const text of ["[1e]", "[01]", "[1.]", "[1e400", "[.5]", '["1e3]', "[--1]", "[1-1000000000000000000]"]) {
    assert.throws(() => readJson(text), SyntaxError, text);
  }
});

test("what the page calculates with are numbers, what a tool is given is as written", () => {
  const events = [
    '{"type":"tool_use","seq":1,"ts":1.0,"block":"b","toolUseId":"t","tool":"x","input":{"id":9007199254740993}}',
    '{"type":"agent_complete","seq":2,"ts":2,"status":"success","costUsd":1e-05,"usage":{"inputTokens":1e3}}',
    '{"type":"weather","seq":3,"ts":3,"glass":9007199254740993}',
  ];
  const frame = readMessage(`{"type":"events","after":0,"upTo":3,"events":[${events.join(",")}]}`);
  const [use, complete, weather] = (frame as { events: Record<string, unknown>[] }).events;
  assert.equal(use?.["ts"], 1);
  assert.equal(writeJson(use?.["input"]), '{"id":9007199254740993}');
  assert.equal(complete?.["costUsd"], 0.00001);
  assert.deepEqual(complete?.["usage"], { inputTokens: 1_000 });
  assert.equal(`${weather?.["glass"]}`, "9007199254740993");
});

test("a text that looks like a sign of ours stays a text", () => {
  assert.deepEqual(readJson('{"a":"number 1-2 5","n":1e3}'), { a: "number 1-2 5", n: new WrittenNumber("1e3") });
});
