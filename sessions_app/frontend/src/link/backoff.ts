const FIRST_MS = 250;
const LONGEST_MS = 15_000;

/** Wait longer after each failure; `random` in [0, 1) spreads the crowd. */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return Math.round(whole * (0.5 + random / 2));
}
