const PARKED_MAX = 6; // pages that stay alive out of the window: each has a socket and a model

interface Parked {
  readonly key: string;
  release(): void;
}

/** The pages that were left last: coming back to one needs no loading. */
export class ParkedPages<P extends Parked> {
  private readonly pages = new Map<string, P>(); // the one left last comes last

  /** Keep a page; the one that was left longest ago may have to go for it. */
  add(page: P): void {
    this.pages.get(page.key)?.release();
    this.pages.delete(page.key);
    this.pages.set(page.key, page);
    const [oldest] = this.pages.values();
    if (this.pages.size <= PARKED_MAX || !oldest) return;
    this.pages.delete(oldest.key);
    oldest.release();
  }

  has(key: string): boolean {
    return this.pages.has(key);
  }

  /** Take a page out, to show it; null if it is not parked. */
  take(key: string): P | null {
    const page = this.pages.get(key) ?? null;
    this.pages.delete(key);
    return page;
  }
}
