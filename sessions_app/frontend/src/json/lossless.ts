import { isKnown } from "../protocol.ts";
import type { AnyEvent } from "../protocol.ts";

// A number that JavaScript would write otherwise travels through JSON.parse and
// JSON.stringify as a string that begins with this. It differs from page to page.
const SIGN = `number ${crypto.getRandomValues(new Uint32Array(2)).join("-")} `;
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;
// Cheap, and true of any text that holds such a number outside of its strings.
const MAY_DIFFER = /\d[\d.]{15}|\d\.\d*0(?!\d)|\.0{6}|\d[eE][+-]?\d|-0/;
const SIGNED = new RegExp(`"${SIGN}([^"]+)"`, "g");
// Fields whose numbers nobody calculates with: tools' inputs, and unknown fields.
const FREE = new Set(["input", "raw", "citations", "items"]);
const STAMP = new Set(["seq", "ts"]);

/** A JSON number that a JavaScript number would not reproduce exactly. */
export class WrittenNumber {
  readonly written: string;

  constructor(written: string) {
    this.written = written;
  }

  toString(): string {
    return this.written;
  }

  valueOf(): number {
    return Number(this.written);
  }
}

/** Parse JSON; numbers that JavaScript cannot reproduce become a `WrittenNumber`. */
export function readJson(text: string): unknown {
  return restored(JSON.parse(marked(text)));
}

/** Parse the server's JSON; only fields that nobody calculates with get a `WrittenNumber`. */
export function readMessage(text: string): unknown {
  const safe = marked(text);
  return safe === text ? JSON.parse(text) : calculable(restored(JSON.parse(safe)));
}

/** Write JSON, each `WrittenNumber` as it was written. */
export function writeJson(value: unknown, indent?: number): string {
  const sign = (_: string, one: unknown): unknown =>
    one instanceof WrittenNumber ? SIGN + one.written : one;
  return JSON.stringify(value, sign, indent).replace(SIGNED, "$1");
}

function marked(text: string): string {
  if (!MAY_DIFFER.test(text)) return text;
  return text.replace(TOKEN, (token) =>
    token.startsWith('"') || `${Number(token)}` === token || !isNumber(token)
      ? token
      : `"${SIGN}${token}"`,
  );
}

/** Invalid numbers are left as they are, so that JSON.parse rejects them. */
function isNumber(token: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(token);
}

function restored(value: unknown): unknown {
  if (typeof value === "string") {
    return value.startsWith(SIGN) ? new WrittenNumber(value.slice(SIGN.length)) : value;
  }
  return mapped(value, restored);
}

function calculable(value: unknown): unknown {
  if (value instanceof WrittenNumber) return value.valueOf();
  const isEvent = typeof value === "object" && value !== null && "type" in value && "seq" in value;
  const isUnknown = isEvent && !isKnown(value as AnyEvent);
  return mapped(value, (one, key) => {
    const isFree = isUnknown ? !STAMP.has(key) : FREE.has(key);
    return isFree ? one : calculable(one);
  });
}

function mapped(value: unknown, change: (one: unknown, key: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => change(one, ""));
  if (typeof value !== "object" || value === null || value instanceof WrittenNumber) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(one, key)]));
}
