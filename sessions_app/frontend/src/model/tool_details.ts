import type { FileDiff, FileLocation, ToolUseEvent } from "../protocol.ts";

export type ToolKind = NonNullable<ToolUseEvent["kind"]>;

/** What an agent reports about a call in addition to its input and output. */
export interface ToolDetails {
  /** One line in the agent's words; "": none. */
  readonly title: string;
  readonly kind: ToolKind;
  readonly locations: readonly FileLocation[];
  readonly diffs: readonly FileDiff[];
}

type Said = { [K in keyof ToolDetails]?: ToolDetails[K] | undefined };

const NONE: ToolDetails = { title: "", kind: "", locations: [], diffs: [] };

/** The details after one more event; a field that the event leaves out is kept. */
export function withDetails(known: ToolDetails | null, said: Said): ToolDetails | null {
  const { title, kind, locations, diffs } = said;
  if (!title && !kind && !locations?.length && !diffs?.length) return known;
  const before = known ?? NONE;
  return {
    title: title || before.title,
    kind: kind || before.kind,
    locations: locations?.length ? locations : before.locations,
    diffs: diffs?.length ? diffs : before.diffs,
  };
}
