import type { MarkdownIt } from "markdown-it";

// What agents write besides CommonMark. Each form is complete in one match, so that a
// half of it, while the text streams, stays the text that it is.
const MATH = [
  /(?<!\w)\\\((?:[^\\\n]|\\[^)]|\n(?!\s*\n))+?\\\)/y,
  /\\\[(?=(?:[^\\\]]|\\[^\]])*?[A-Za-z0-9])(?:[^\\]|\\[^\]])+?\\\]/y,
  /\$\$(?:[^$\\]|\\[^])+?\$\$/y,
  // No blank inside of either sign, and the second begins no variable: `$HOME/bin:$PATH`.
  /(?<!\w)\$(?![\s$])(?:[^$\\\n]|\\[^\n])*?(?<!\s)\$(?!(?!(?:th|st|nd|rd|s)\b)[\w({])/y,
] as const;
// `\(` and `\[` also are brackets that somebody has escaped: `\(x86\)`, `\[a-z\]`.
const TEX = /\\[A-Za-z]|[^\s(\[]\^|(?<![A-Za-z])[A-Za-z]_/;
const TERM = /=|(?<![A-Za-z])[A-Za-z]\(/;
const WORD = /\p{L}{2}|\p{L}\d/u;
const RANGE = /\[\^?[^\]\s={}^]*(?:[A-Za-z0-9]-[A-Za-z0-9]|\\[dDwWsS](?![A-Za-z]))[^\s={}^]*\]/;
const BREAK = /<br\s*\/?>/iy;
const PAIR = /<(kbd|sub|sup|mark|ins|del|small|u|b|i|em|strong)>([^<\n]{1,200})<\/\1>/iy;
const FOOTNOTE = /\[\^([^\]\s]{1,40})\](:?)/y;

type InlineState = Parameters<Parameters<MarkdownIt["inline"]["ruler"]["push"]>[1]>[0];
type Rule = (state: InlineState, silent: boolean) => boolean;

/** Add formulas, line breaks, keys and the like, and footnotes to a parser. */
export function addInlineRules(parser: MarkdownIt): void {
  parser.inline.ruler.before("escape", "math", rule("\\$", MATH, (state, found) => {
    const token = state.push("math", "span", 0);
    token.content = found[0];
  }, isFormula));
  parser.inline.ruler.before("autolink", "html_break", rule("<", [BREAK], (state) => {
    state.push("hardbreak", "br", 0);
  }));
  parser.inline.ruler.before("autolink", "html_pair", rule("<", [PAIR], (state, found) => {
    const tag = (found[1] ?? "").toLowerCase();
    state.push(`${tag}_open`, tag, 1);
    state.push("text", "", 0).content = found[2] ?? "";
    state.push(`${tag}_close`, tag, -1);
  }));
  parser.inline.ruler.before("link", "footnote", rule("[", [FOOTNOTE], (state, found) => {
    state.push("sup_open", "sup", 1);
    state.push("text", "", 0).content = found[1] ?? "";
    state.push("sup_close", "sup", -1);
  }));
}

function rule(
  starts: string,
  patterns: readonly RegExp[],
  push: (state: InlineState, found: RegExpExecArray) => void,
  isMeant: (source: string) => boolean = () => true,
): Rule {
  return (state, silent) => {
    if (!starts.includes(state.src[state.pos] ?? "")) return false;
    for (const pattern of patterns) {
      pattern.lastIndex = state.pos;
      const found = pattern.exec(state.src);
      if (!found || found.index + found[0].length > state.posMax || !isMeant(found[0])) continue;
      if (!silent) push(state, found);
      state.pos += found[0].length;
      return true;
    }
    return false;
  };
}

/** Whether what stands between signs of formulas is one, and no word or set of characters in brackets. */
function isFormula(source: string): boolean {
  if (source.startsWith("$")) return true;
  const body = source.slice(2, -2);
  const isSquare = source.startsWith("\\[");
  if (RANGE.test(isSquare ? `[${body}]` : body)) return false;
  if (TEX.test(body)) return true;
  return (!isSquare || /^\s/.test(body)) && (TERM.test(body) || !WORD.test(body));
}
