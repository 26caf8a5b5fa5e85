import type { SessionStatus } from "../protocol.ts";

export type Stage = "unasked" | "asked" | "replaying" | "live" | "refused";

/** Where the page is in one session's log. */
export interface Subscription {
  readonly session: string;
  cursor: number;
  head: number;
  epoch: string;
  status: SessionStatus | null;
  stage: Stage;
  /** Answers to `unsubscribe` yet to come: frames until then are stale. */
  leaving: number;
}

export function freshSubscription(session: string): Subscription {
  return {
    session,
    cursor: 0,
    head: 0,
    epoch: "",
    status: null,
    stage: "unasked",
    leaving: 0,
  };
}
