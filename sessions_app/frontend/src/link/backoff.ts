const FIRST_MS = 250;
const LONGEST_MS = 15_000;

/** Exponential back-off with jitter; `random` is in [0, 1). */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return Math.round(whole * (0.5 + random / 2));
}
