import { spellOut } from "../../text/spelled.ts";
import { plural } from "../format.ts";

const SPARED_SHOWN = 3; // earlier calls that a rule's words name

const RULE = /^([a-z_]+)(?:\((.+)\))?$/s;

/** What "approve for session" allows from then on, as a sentence; "" for no rule. */
export function ruleWords(rule: string): string {
  const found = RULE.exec(rule);
  if (!found) return "";
  const [, tool = "", pattern = ""] = found;
  return `Approve for session: it then ${deedOf(tool, spellOut(pattern))} without asking.`;
}

/** What the rule would have answered so far: `calls` by their titles, oldest first; `isWhole`: none is missing. */
export function sparedWords(calls: readonly string[], isWhole: boolean): string {
  if (calls.length === 0) return "";
  const last = calls.slice(-SPARED_SHOWN).reverse().map((title) => `“${spellOut(title)}”`);
  const count = `${isWhole ? "" : "at least "}${plural(calls.length, "question")}`;
  return `So far it would have answered ${count}, the last: ${last.join(", ")}.`;
}

function deedOf(tool: string, pattern: string): string {
  if (!pattern) return `uses ${tool}`;
  if (tool !== "bash") return `uses ${tool} on “${pattern}”`;
  if (pattern.endsWith(" *")) return `runs commands that begin with “${pattern.slice(0, -2)}”`;
  return `runs “${pattern}”`;
}
