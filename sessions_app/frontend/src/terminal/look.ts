import type { TerminalName } from "../text/mark.ts";
import { nearest, nearestOf256 } from "./colour.ts";

/** The style of a character; immutable, so equal styles can be shared. */
export interface Look {
  readonly foreground: number | null; // index of one of the sixteen colours
  readonly background: number | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly underline: boolean;
  readonly strike: boolean;
  readonly inverse: boolean;
}

export const PLAIN: Look = {
  foreground: null,
  background: null,
  bold: false,
  dim: false,
  underline: false,
  strike: false,
  inverse: false,
};

const SWITCHES: Readonly<Record<number, Partial<Look>>> = {
  1: { bold: true },
  2: { dim: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { underline: true },
  22: { bold: false, dim: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { foreground: null },
  49: { background: null },
};
// Colours of inverse text without colours of its own.
const INVERSE_FOREGROUND = 15;
const INVERSE_BACKGROUND = 8;

/** Apply "select graphic rendition"; `params` is the text before its `m`. */
export function restyled(look: Look, params: string): Look {
  if (!/^[0-9;:]*$/.test(params)) return look; // a private sequence has no effect
  // Colons join the numbers of one colour; they are read like semicolons.
  const codes = params.split(/[;:]/).map(Number);
  let now = look;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, taken } = extended(codes.slice(at + 1));
      at += taken;
      if (colour !== null) now = { ...now, [code === 38 ? "foreground" : "background"]: colour };
    } else {
      now = switched(now, code);
    }
  }
  return now;
}

function switched(look: Look, code: number): Look {
  if (code === 0) return PLAIN;
  if (code >= 30 && code <= 37) return { ...look, foreground: code - 30 };
  if (code >= 40 && code <= 47) return { ...look, background: code - 40 };
  if (code >= 90 && code <= 97) return { ...look, foreground: code - 90 + 8 };
  if (code >= 100 && code <= 107) return { ...look, background: code - 100 + 8 };
  return { ...look, ...SWITCHES[code] };
}

function extended(codes: readonly number[]): { colour: number | null; taken: number } {
  const [kind, n, green, blue] = codes;
  if (kind === 5 && isByte(n)) return { colour: nearestOf256(n), taken: 2 };
  if (kind !== 2) return { colour: null, taken: codes.length };
  const isWhole = isByte(n) && isByte(green) && isByte(blue);
  return { colour: isWhole ? nearest([n, green, blue]) : null, taken: 4 };
}

function isByte(n: number | undefined): n is number {
  return n !== undefined && Number.isInteger(n) && n >= 0 && n <= 255;
}


/** The names of a look's marks; none if it is plain. */
export function names(look: Look): TerminalName[] {
  const made: TerminalName[] = [];
  let { foreground, background } = look;
  if (look.inverse) [foreground, background] = [background ?? INVERSE_FOREGROUND, foreground ?? INVERSE_BACKGROUND];
  if (foreground !== null) made.push(`foreground-${foreground}`);
  if (background !== null) made.push(`background-${background}`);
  if (look.bold) made.push("bold");
  if (look.dim) made.push("dim");
  if (look.underline) made.push("underline");
  if (look.strike) made.push("strike");
  return made;
}
