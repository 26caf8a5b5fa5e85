import { tally } from "../../model/tally.ts";
import type { ReportedFigures } from "../../model/used.ts";

/** Read the session's figures that the server rendered into the page. */
export function reportedFigures({ dataset }: HTMLElement): ReportedFigures {
  const number = (name: string): number => Number(dataset[name] || 0);
  const usage = {
    inputTokens: number("inputTokens"),
    outputTokens: number("outputTokens"),
    cacheCreationTokens: number("cacheCreationTokens"),
    cacheReadTokens: number("cacheReadTokens"),
  };
  const costUsd = dataset["costUsd"] ? number("costUsd") : null;
  return {
    seq: number("head"),
    tally: tally(usage, costUsd),
    startTs: number("startedS") * 1_000,
    hasAgents: dataset["hasAgents"] === "True",
  };
}
