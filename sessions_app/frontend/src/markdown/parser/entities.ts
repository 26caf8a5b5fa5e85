import { policy } from "../../browser/trusted.ts";

const REFERENCE = /^&[a-z][a-z0-9]{1,31};$/i;
// The only HTML that the page ever parses is a character reference.
const trusted = policy("ringside-text", { createHTML: (html: string): string => (REFERENCE.test(html) ? html : "") });

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
