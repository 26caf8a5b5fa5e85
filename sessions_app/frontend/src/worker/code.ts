import hljs from "highlight.js/lib/core";
import type { Mark } from "../text/mark.ts";
import { MarkEmitter } from "./emitter.ts";
import { LANGUAGES } from "./languages.ts";

for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);
hljs.configure({ __emitter: MarkEmitter });

/**
 * The colours of a piece of code. What stands `before` it is read along, so that a
 * comment that began there is one here; a language not known has no colours.
 */
export function codeMarks(language: string, before: string, text: string): Mark[] {
  if (!hljs.getLanguage(language)) return [];
  const found = hljs.highlight(before + text, { language, ignoreIllegals: true })._emitter;
  if (!(found instanceof MarkEmitter)) return [];
  const skipped = before.length;
  return found.marks
    .filter((mark) => mark.to > skipped)
    .map(({ from, to, name }) => ({
      from: Math.max(from, skipped) - skipped,
      to: to - skipped,
      name,
    }));
}
