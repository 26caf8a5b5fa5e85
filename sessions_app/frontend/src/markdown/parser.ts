import markdownit from "markdown-it";
import type { Env, Token } from "markdown-it";

export type References = NonNullable<Env["references"]>;

const parser = markdownit({ html: false, linkify: true, breaks: false });
// "example.py" and "README.md" are files far more often than hosts.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });

/** Parse a text; link definitions in it are added to the references. */
export function parse(text: string, references: References): Token[] {
  return parser.parse(text, { references });
}

/** The same, blocks alone: `inline` is most of the work and does not move a block. */
export function parseBlocks(text: string, references: References): Token[] {
  const state = new parser.block.State(text, parser, { references }, []);
  parser.block.tokenize(state, state.line, state.lineMax);
  return state.tokens;
}
