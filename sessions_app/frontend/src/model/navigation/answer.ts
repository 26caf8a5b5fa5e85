import type { Row } from "../row.ts";

/** The answer that a run ended with, as Markdown: its last texts, after the last call. */
export function answerBefore(rows: readonly Row[], end: Row): string {
  const texts: string[] = [];
  for (let i = rows.lastIndexOf(end) - 1; i >= 0; i -= 1) {
    const row = rows[i];
    if (row?.kind === "text") texts.unshift(row.text.trim());
    else if (row?.kind !== "thinking" && row?.kind !== "notice") break;
  }
  return texts.join("\n\n");
}

/** The model that a run began with; "" if its beginning has not been read. */
export function modelBefore(rows: readonly Row[], end: Row): string {
  for (let i = rows.lastIndexOf(end) - 1; i >= 0; i -= 1) {
    const row = rows[i];
    if (row?.kind === "notice" && row.event.type === "session_started") return row.event.model;
  }
  return "";
}
