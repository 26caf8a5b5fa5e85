import { WrittenNumber } from "../../json/lossless.ts";
import type { Row } from "../row.ts";
import { changesOf } from "../tool_call.ts";

/** The kinds of rows that the find bar can search for. */
export type Kind = "text" | "error" | "approval" | "edit" | "message";

const EDITS = new Set(["edit_file", "write_file"]); // also while their input is written

/** A predicate for rows that match; text is compared without regard to case. */
export function soughtIn(kind: Kind, text: string): (row: Row) => boolean {
  switch (kind) {
    case "text": {
      const words = text.toLowerCase();
      return (row) => words !== "" && textOfRow(row).toLowerCase().includes(words);
    }
    case "error":
      return isError;
    case "approval":
      return isApproval;
    case "edit":
      return isEdit;
    case "message":
      return (row) => row.kind === "message";
  }
}

export function isApproval(row: Row): boolean {
  return row.kind === "tool" && row.ask !== null;
}

export function isEdit(row: Row): boolean {
  if (row.kind !== "tool") return false;
  return EDITS.has(row.tool) || row.details?.kind === "edit" || changesOf(row).length > 0;
}

export function isError(row: Row): boolean {
  switch (row.kind) {
    case "tool":
      return row.result?.isError === true;
    case "notice":
      return row.event.type === "error";
    case "outcome":
      return row.event.status === "error";
    default:
      return false;
  }
}

/** All text that a row shows when it is open. */
export function textOfRow(row: Row): string {
  switch (row.kind) {
    case "message":
    case "text":
    case "thinking":
      return row.text;
    case "tool": {
      const { tool, input, inputText, result, liveOutput, child, details, ask } = row;
      const given = input ? stringsIn(input) : inputText;
      const said = details ? stringsIn(details) : "";
      const parts = [tool, given, said, ask?.plan, child?.task, result?.output ?? liveOutput];
      return parts.join("\n");
    }
    case "opaque":
      return stringsIn(row.raw);
    case "notice":
    case "outcome":
    case "unknown":
      return stringsIn(row.event);
  }
}

function stringsIn(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || value instanceof WrittenNumber) return `${value}`;
  if (typeof value !== "object" || value === null) return "";
  return Object.values(value).map(stringsIn).filter(Boolean).join("\n");
}
