import markdownit from "markdown-it";
import type { Env, Token } from "markdown-it";
import cjkFriendly from "markdown-it-cjk-friendly";
import { addDetails } from "./details_rule.ts";
import { addFootnotes } from "./footnote_rule.ts";
import { addInlineRules } from "./inline_rules.ts";

export type References = NonNullable<Env["references"]>;

const parser = markdownit({ html: false, linkify: true, breaks: false });
// "example.py" and "README.md" are files far more often than hosts.
parser.use(cjkFriendly);
addInlineRules(parser);
addFootnotes(parser);
addDetails(parser);
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });

const WWW_REST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:[/?#][^\s<>"]*[^\s<>"'.,:;!?)\]*_~])?\/?/i;
parser.linkify.add("www.", {
  validate: (text, pos) => WWW_REST.exec(text.slice(pos))?.[0].length ?? 0,
  normalize: (match) => {
    match.url = `http://${match.url}`;
  },
});

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
