const HASH = /^#e([1-9]\d{0,15})$/;

/** How far the page has read its session's log. */
export interface Progress {
  /** The seq after which the log was read; null before reading has begun. */
  readonly start: number | null;
  readonly cursor: number;
  readonly isLive: boolean;
}

export type Step = "rest" | "wait" | "read older" | "missing" | { readonly show: number };

/** The event that the page's address names, until it has been shown. */
export class Permalink {
  private wanted = 0; // a seq; 0: none

  /** Set the target from an address hash; returns true if the hash names an event. */
  aim(hash: string): boolean {
    this.wanted = Number(HASH.exec(hash)?.[1] ?? 0);
    return this.wanted > 0;
  }

  get seq(): number {
    return this.wanted;
  }

  /** The next step towards the target; after `show` or `missing` there is none. */
  next({ start, cursor, isLive }: Progress): Step {
    const { wanted } = this;
    if (wanted === 0) return "rest";
    if (start === null) return "wait";
    if (wanted <= start) return "read older";
    if (wanted > cursor && !isLive) return "wait";
    this.wanted = 0;
    return wanted > cursor ? "missing" : { show: wanted };
  }
}
