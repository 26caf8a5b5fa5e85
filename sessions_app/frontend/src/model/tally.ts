import type { AgentCompleteEvent, Usage } from "../protocol.ts";

/** Tokens and money; `costUsd` is null while a part of it is not known. */
export interface Tally {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheTokens: number;
  /** The known part of the cost, and the tokens whose price is unknown. */
  readonly pricedUsd: number;
  readonly unpricedTokens: number;
  readonly costUsd: number | null;
}

export const NOTHING: Tally = {
  inputTokens: 0,
  outputTokens: 0,
  cacheTokens: 0,
  pricedUsd: 0,
  unpricedTokens: 0,
  costUsd: 0,
};

/** An event without tokens costs nothing, unless it reports a cost. */
export function tally(usage: Usage, costUsd: number | null | undefined): Tally {
  const told = withCounts(usage);
  const isPriced = costUsd !== null && costUsd !== undefined;
  return known({ ...told, pricedUsd: costUsd ?? 0, unpricedTokens: isPriced ? 0 : tokens(told) });
}

/** The usage that a program's run reports at its end and its turns did not. */
export function restOf(event: AgentCompleteEvent): Tally {
  return known({
    ...withCounts(event.restUsage ?? {}),
    pricedUsd: event.restCostUsd ?? 0,
    unpricedTokens: -(event.pricedTokens ?? 0),
  });
}

function withCounts(usage: Usage): Tally {
  return {
    ...NOTHING,
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    cacheTokens: (usage.cacheCreationTokens ?? 0) + (usage.cacheReadTokens ?? 0),
  };
}

function known(told: Tally): Tally {
  return { ...told, costUsd: told.unpricedTokens > 0 ? null : told.pricedUsd };
}

export function tokens({ inputTokens, outputTokens, cacheTokens }: Tally): number {
  return inputTokens + outputTokens + cacheTokens;
}

export function sum(a: Tally, b: Tally): Tally {
  return known({
    ...NOTHING,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheTokens: a.cacheTokens + b.cacheTokens,
    pricedUsd: a.pricedUsd + b.pricedUsd,
    unpricedTokens: a.unpricedTokens + b.unpricedTokens,
  });
}
