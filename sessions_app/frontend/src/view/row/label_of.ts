import type { Row } from "../../model/row.ts";

/** The accessible name of a row, for screen readers. */
export function labelOf(row: Row): string {
  switch (row.kind) {
    case "text":
      return "Said";
    case "thinking":
      return "Thought";
    case "message":
      return row.by ? `Message by ${row.by}` : "Prompt";
    case "tool":
      return row.child ? "Sub-agent" : `Call of ${row.tool || "a tool"}`;
    case "outcome":
      return "Outcome";
    case "notice":
    case "opaque":
    case "unknown":
      return "Notice";
  }
}
