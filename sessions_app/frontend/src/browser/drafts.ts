import { keep } from "./keep.ts";

/** What was typed and not sent yet, by name; kept over a reload of the tab. */
export class Drafts {
  private readonly name: string;

  constructor(session: string, row: string) {
    this.name = `ringside draft ${session} ${row}`;
  }

  get(part: string): string | null {
    return sessionStorage.getItem(`${this.name} ${part}`);
  }

  /** Store a draft; returns false if the text is too long to be kept. */
  set(part: string, text: string): boolean {
    const isKept = keep(sessionStorage, `${this.name} ${part}`, text);
    if (!isKept) this.delete(part);
    return isKept;
  }

  delete(part: string): void {
    sessionStorage.removeItem(`${this.name} ${part}`);
  }
}
