import { ENTITY_NAMES } from "./entity_names.ts";

const ENTRY = /(\d*)(?:\+(\d+))?(\S+)/g;

/** What HTML's names of characters stand for. */
class Entities {
  // Most texts have none, and reading the names takes some milliseconds.
  private known: ReadonlyMap<string, string> | null = null;

  charsOf(name: string): string | undefined {
    this.known ??= read(ENTITY_NAMES);
    return this.known.get(name);
  }
}

const entities = new Entities();

/** What a reference such as `&amp;` stands for; one not known stands for itself. */
export function decodeHTMLStrict(reference: string): string {
  return entities.charsOf(reference.slice(1, -1)) ?? reference;
}

function read(text: string): Map<string, string> {
  const known = new Map<string, string>();
  let code = 0;
  for (const [, gap, second, names = ""] of text.matchAll(ENTRY)) {
    code += Number(gap || 1);
    const chars = String.fromCodePoint(code, ...(second ? [Number(second)] : []));
    for (const name of names.split(",")) known.set(name, chars);
  }
  return known;
}
