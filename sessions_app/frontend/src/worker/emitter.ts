import type { Emitter } from "highlight.js";
import type { Mark, MarkName } from "../text/mark.ts";

const PLAIN = null; // no colour, also within a coloured scope: `${…}` in a string
const NAMES: Readonly<Record<string, MarkName | null>> = {
  keyword: "code-keyword",
  operator: PLAIN,
  punctuation: PLAIN,
  subst: PLAIN,
  literal: "code-number",
  number: "code-number",
  symbol: "code-number",
  bullet: "code-number",
  string: "code-string",
  regexp: "code-string",
  char: "code-string",
  code: "code-string",
  link: "code-string",
  comment: "code-comment",
  quote: "code-comment",
  doctag: "code-keyword",
  title: "code-title",
  section: "code-title",
  "selector-class": "code-title",
  "selector-id": "code-title",
  "selector-pseudo": "code-title",
  type: "code-type",
  class: "code-type",
  built_in: "code-type",
  name: "code-keyword",
  "selector-tag": "code-keyword",
  attr: "code-name",
  attribute: "code-name",
  property: "code-name",
  variable: "code-name",
  "template-variable": "code-name",
  meta: "code-meta",
  addition: "word-in",
  deletion: "word-out",
};

/** Collects the scopes of highlight.js as marks; the innermost scope counts. */
export class MarkEmitter implements Emitter {
  readonly marks: Mark[] = [];
  private length = 0;
  private readonly scopes: (MarkName | null)[] = [];

  addText(text: string): void {
    const from = this.length;
    this.length += text.length;
    const name = this.scopes.at(-1);
    if (!name || text === "") return;
    const last = this.marks.at(-1);
    const joins = last?.name === name && last.to === from;
    if (joins) this.marks.pop();
    this.marks.push({ from: joins ? last.from : from, to: this.length, name });
  }

  startScope(scope: string): void {
    const name = NAMES[scope] ?? NAMES[scope.split(".")[0] ?? ""];
    // A scope without a colour has that of the scope around it.
    this.scopes.push(name === undefined ? (this.scopes.at(-1) ?? null) : name);
  }

  endScope(): void {
    this.scopes.pop();
  }

  openNode(scope: string): void {
    this.startScope(scope);
  }

  closeNode(): void {
    this.endScope();
  }

  __addSublanguage(inner: Emitter): void {
    if (!(inner instanceof MarkEmitter)) return;
    for (const { from, to, name } of inner.marks) {
      this.marks.push({ from: from + this.length, to: to + this.length, name });
    }
    this.length += inner.length;
  }

  finalize(): void {
    this.scopes.length = 0;
  }

  toHTML(): string {
    return ""; // unused: the result is never turned into HTML
  }
}
