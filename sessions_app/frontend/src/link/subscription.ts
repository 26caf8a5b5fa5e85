import type { SessionStatus } from "../protocol.ts";

export type PageContext = "unasked" | "asked" | "replaying" | "live" | "refused";

/** Where the page is in one session's log. */
export interface Subscription {
  readonly session: string;
  cursor: number;
  /** How many of the last events to ask for while there is no cursor. */
  tail: number | null;
  head: number;
  epoch: string;
  status: SessionStatus | null;
  stage: PageContext;
  /** Answers to `unsubscribe` yet to come: frames until then are stale. */
  leaving: number;
}

export function freshSubscription(session: string, tail: number | null): Subscription {
  return {
    session,
    cursor: 0,
    tail,
    head: 0,
    epoch: "",
    status: null,
    stage: "unasked",
    leaving: 0,
  };
}
