import { spellOut } from "../../text/spelled.ts";

const RULE = /^([a-z_]+)(?:\((.+)\))?$/s;

/** What "approve for session" allows from then on, as a sentence; "" for no rule. */
export function ruleWords(rule: string): string {
  const found = RULE.exec(rule);
  if (!found) return "";
  const [, tool = "", pattern = ""] = found;
  return `Approve for session: it then ${deedOf(tool, spellOut(pattern))} without asking.`;
}

function deedOf(tool: string, pattern: string): string {
  if (!pattern) return `uses ${tool}`;
  if (tool !== "bash") return `uses ${tool} on “${pattern}”`;
  if (pattern.endsWith(" *")) return `runs commands that begin with “${pattern.slice(0, -2)}”`;
  return `runs “${pattern}”`;
}
