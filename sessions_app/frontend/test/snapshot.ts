import type { Row } from "../src/model/row.ts";
import type { Thread } from "../src/model/thread.ts";

// How a row came about, rather than what it says.
const HISTORY = new Set(["version", "rewrites", "seqs"]);

/** What a thread says, without how it came about. */
export function snapshot(thread: Thread): unknown {
  const { touched, blocks, tools, open, version, reshaped, lead, discarded, rows, ...rest } = thread;
  return { ...rest, rows: rows.map(rowSnapshot), blocks: [...blocks.keys()], tools: [...tools.keys()], open: [...open].map((row) => row.toolUseId) };
}

function rowSnapshot(row: Row): unknown {
  const said = Object.entries(row).filter(([name]) => !HISTORY.has(name));
  const run = "run" in row && row.run?.rows.map(({ toolUseId }) => toolUseId);
  return { ...Object.fromEntries(said), run };
}
