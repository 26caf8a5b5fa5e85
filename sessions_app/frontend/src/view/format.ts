import type { Tally } from "../model/tally.ts";

const NUMBER = new Intl.NumberFormat("en");
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

export function count(n: number): string {
  return NUMBER.format(n);
}

/** 950, 1.2k, 34k, 1.2M. */
export function short(n: number): string {
  if (n < 1_000) return `${n}`;
  const [scaled, unit] = n < 1_000_000 ? [n / 1_000, "k"] : [n / 1_000_000, "M"];
  return `${scaled < 10 ? scaled.toFixed(1) : Math.round(scaled)}${unit}`;
}

/** 340 ms, 4.2 s, 3 min 20 s, 2 h 5 min. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return clockDuration(ms);
}

/** Whole seconds, for a figure that ticks. */
export function clockDuration(ms: number): string {
  const s = Math.floor(ms / 1_000);
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3_600)} h ${Math.floor(s / 60) % 60} min`;
}

export function clock(ts: number): string {
  return CLOCK.format(ts);
}

export function cost(tally: Tally, simulated: boolean): string {
  if (simulated) return "simulated";
  return dollars(tally.costUsd);
}

export function dollars(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return "unknown";
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** just now, 5 min ago, 3 h ago, then the date. */
export function ago(ms: number, now: number): string {
  const s = Math.max(0, (now - ms) / 1_000);
  if (s < 45) return "just now";
  if (s < 3_600) return `${Math.max(1, Math.round(s / 60))} min ago`;
  if (s < 86_400) return `${Math.round(s / 3_600)} h ago`;
  return new Date(ms).toLocaleDateString("en-GB", { dateStyle: "medium" });
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
