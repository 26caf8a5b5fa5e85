/** A part of a program's output: text, a control character, a link or a sequence. */
export type TerminalToken =
  | { kind: "text"; text: string }
  | { kind: "control"; code: "\n" | "\r" | "\b" }
  | { kind: "link"; url: string }
  | { kind: "sequence"; final: string; params: string };

const ESC = "\u001b";
// In any order of arrival: plain text, one control character, or a whole sequence.
// A string sequence (a title, a link) also ends with its line: a broken one hides no more.
const TOKEN =
  /([^\u0000-\u0008\u000a-\u001f\u007f-\u009f]+)|([\n\r\b])|\u001b\]8;[^;\u0007\u001b\n]*;([^\u0007\u001b\n]*)(?:\u0007|\u001b\\)|(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~])|\u001b[PX\]^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\|(?=\n))|\u001b[ -/]*[0-OQ-WYZ\\`-~]|[\s\S]/gy;
// The beginning of a sequence whose rest may come with the next piece.
const UNFINISHED =
  /(?:\u001b|(?:\u001b\[|\u009b)[0-?]*[ -/]*|\u001b[ -/]+|\u001b[PX\]^_][^\u0007\u001b\n]*\u001b?)$/;
const HELD_MAX = 4_096; // most characters of an unfinished sequence

/** Splits a program's output, fed in pieces of any length, into text and sequences. */
export class Escapes {
  private held = "";

  read(piece: string): TerminalToken[] {
    const all = this.held + piece;
    const found = all.includes(ESC) || all.includes("\u009b") ? UNFINISHED.exec(all) : null;
    const isHeld = found !== null && found[0].length <= HELD_MAX;
    this.held = isHeld ? found[0] : "";
    return tokens(isHeld ? all.slice(0, found.index) : all);
  }
}

function tokens(text: string): TerminalToken[] {
  const found: TerminalToken[] = [];
  for (const [, plain, code, url, params, final] of text.matchAll(TOKEN)) {
    if (plain !== undefined) found.push({ kind: "text", text: plain });
    else if (code === "\n" || code === "\r" || code === "\b") found.push({ kind: "control", code });
    else if (url !== undefined) found.push({ kind: "link", url });
    else if (final !== undefined) found.push({ kind: "sequence", final, params: params ?? "" });
  }
  return found;
}
