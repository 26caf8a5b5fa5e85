import { trusted } from "../../browser/trusted.ts";

/** What HTML's names of characters stand for, as the browser knows them. */
class Entities {
  private readonly known = new Map<string, string>();

  decode(reference: string): string {
    const known = this.known.get(reference);
    if (known !== undefined) return known;
    const html = trusted.createHTML(reference);
    const text = new DOMParser().parseFromString(html, "text/html").body.textContent ?? "";
    // Of a name that is none the browser may know a beginning: then its semicolon is left.
    const isWhole = text !== "" && (!text.endsWith(";") || reference === "&semi;");
    this.known.set(reference, isWhole ? text : reference);
    return isWhole ? text : reference;
  }
}

const entities = new Entities();

/** What a reference such as `&amp;` stands for; one that is not known stands for itself. */
export function decodeHTMLStrict(reference: string): string {
  return entities.decode(reference);
}
