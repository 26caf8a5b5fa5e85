import type { SessionStatus } from "../protocol.ts";

/** What of a session may be worth a notification. */
export interface Standing {
  readonly asks: number;
  readonly status: SessionStatus | null;
  readonly statusSeq: number;
}

const WORDS: Partial<Record<SessionStatus, string>> = {
  completed: "Done",
  failed: "Failed",
  interrupted: "Interrupted: its runner is gone",
};
const ACTIVE: ReadonlySet<SessionStatus | null> = new Set(["queued", "running", "waiting"] as const);

/** What to tell somebody who looks elsewhere; null where nothing new wants him. */
export function news(before: Standing, now: Standing): string | null {
  const asks = now.asks;
  if (asks > before.asks) return asks === 1 ? "Needs your approval" : `Needs ${asks} approvals`;
  const word = now.status && WORDS[now.status];
  return word && isLater(before, now) ? word : null;
}

/** Between two looks a session may have begun and ended. */
function isLater(before: Standing, now: Standing): boolean {
  // Without an event of its own, older ones that are read now say what was known.
  const isKnown = before.statusSeq > 0 || ACTIVE.has(before.status);
  return isKnown && now.statusSeq > before.statusSeq;
}
