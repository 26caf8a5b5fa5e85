/** The life of a page: what it listens to and repeats ends when the page is released. */
export class PageScope {
  /** False while the page is parked, or beside the one that keys act on. */
  isInFront = true;
  private readonly ending = new AbortController();

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Listen to the document on behalf of the page, as long as it is in front. */
  onDocument<K extends keyof DocumentEventMap>(type: K, act: (event: DocumentEventMap[K]) => void): void {
    const listen = (event: DocumentEventMap[K]): void => {
      if (this.isInFront) act(event);
    };
    document.addEventListener(type, listen, { signal: this.signal });
  }

  /** Listen to the window, whether the page is in front or not. */
  onWindow<K extends keyof WindowEventMap>(type: K, act: (event: WindowEventMap[K]) => void): void {
    addEventListener(type, act, { signal: this.signal });
  }

  /** Repeat something every `ms`, whether the page is in front or not. */
  every(ms: number, act: () => void): void {
    const timer = setInterval(act, ms);
    this.signal.addEventListener("abort", () => clearInterval(timer));
  }

  release(): void {
    this.isInFront = false;
    this.ending.abort();
  }
}
