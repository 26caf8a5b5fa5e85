import type { Usage } from "../protocol.ts";

/** Tokens and money; `costUsd` is null once a part of it is not known. */
export interface Tally {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheTokens: number;
  readonly costUsd: number | null;
}

export const NOTHING: Tally = {
  inputTokens: 0,
  outputTokens: 0,
  cacheTokens: 0,
  costUsd: 0,
};

/** What used no tokens cost nothing, even where the price is not known. */
export function tally(usage: Usage, costUsd: number | null | undefined): Tally {
  const made = {
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    cacheTokens: (usage.cacheCreationTokens ?? 0) + (usage.cacheReadTokens ?? 0),
    costUsd: costUsd ?? null,
  };
  return tokens(made) === 0 ? NOTHING : made;
}

export function tokens({ inputTokens, outputTokens, cacheTokens }: Tally): number {
  return inputTokens + outputTokens + cacheTokens;
}

export function sum(a: Tally, b: Tally): Tally {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheTokens: a.cacheTokens + b.cacheTokens,
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
  };
}
