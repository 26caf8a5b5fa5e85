import type { SessionStatus } from "../../protocol.ts";

/** The parts of a session's state that may cause a notification. */
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

/** The notification for somebody who looks elsewhere; null if nothing new needs a person. */
export function news(before: Standing, now: Standing): string | null {
  const asks = now.asks;
  if (asks > before.asks) return asks === 1 ? "Needs your approval" : `Needs ${asks} approvals`;
  const word = now.status && WORDS[now.status];
  return word && isLater(before, now) ? word : null;
}

/** A session may have begun and ended between two states. */
function isLater(before: Standing, now: Standing): boolean {
  // Without an event of its own, older ones that are read now say what was known.
  const isKnown = before.statusSeq > 0 || ACTIVE.has(before.status);
  return isKnown && now.statusSeq > before.statusSeq;
}
