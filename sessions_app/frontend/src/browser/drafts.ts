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
    try {
      sessionStorage.setItem(`${this.name} ${part}`, text);
      return true;
    } catch {
      sessionStorage.removeItem(`${this.name} ${part}`);
      return false;
    }
  }

  delete(part: string): void {
    sessionStorage.removeItem(`${this.name} ${part}`);
  }
}
