import { ago, dollars, plural } from "../format.ts";
import type { SessionStatus, SessionSummary } from "../../protocol.ts";
import { h, setText } from "../h.ts";

export type Group = "person" | "active" | "over";

/** A main session as the server lists it, with the figures of its sub-agents. */
export interface ListRow {
  session: SessionSummary;
  group: Group;
  agents: number;
  asks: number;
  sparkline: string;
}

export interface ListPageData {
  rows: ListRow[];
  next: string;
}

const ACTIVE: ReadonlySet<SessionStatus> = new Set<SessionStatus>(["running", "queued"]);

/** The group of the list that a session belongs to; `asks` counts its whole tree. */
export function groupOf(status: SessionStatus, asks: number): Group {
  if (status === "waiting" || asks > 0) return "person";
  return ACTIVE.has(status) ? "active" : "over";
}

/** Bring a row's element up to date with its session. */
export function fillRow(row: HTMLElement, session: SessionSummary): void {
  const name = session.title || session.id;
  const link = row.querySelector<HTMLAnchorElement>(".row-title");
  if (link) {
    link.href = `/sessions/${encodeURIComponent(session.id)}/`;
    setText(link, name);
  }
  const chip = slot(row, "status");
  if (chip) {
    chip.dataset["status"] = session.status;
    setText(chip, session.status);
  }
  const origin = slot(row, "origin");
  if (origin) {
    origin.hidden = !session.engine.isFollowed;
    setText(origin, session.engine.isFollowed ? session.engine.label : "");
  }
  put(row, "model", session.model);
  put(row, "owner", session.owner);
  put(row, "cost", session.engine.isSimulated ? "simulated" : dollars(session.costUsd));
  slot(row, "tags")?.replaceChildren(
    ...session.tags.map((tag) => h("span", { class: "tag", dir: "auto" }, tag)),
  );
  row.querySelector("[data-act=labels]")?.setAttribute("aria-label", `Tags and archive of ${name}`);
  const time = row.querySelector<HTMLElement>(":scope > .row-facts time");
  if (!time) return;
  time.dataset["ms"] = `${session.updatedMs}`;
  setText(time, ago(session.updatedMs, Date.now()));
}

/** Show what a row's sub-agents add to it. */
export function fillTree(row: HTMLElement, agents: number, asks: number): void {
  const button = row.querySelector<HTMLElement>("[data-act=family]");
  if (button) {
    button.hidden = agents === 0;
    setText(button, plural(agents, "agent"));
  }
  const place = slot(row, "asks");
  if (!place) return;
  place.hidden = asks === 0;
  setText(place, asks ? `${asks} to answer` : "");
}

export function drawLine(row: HTMLElement, path: string): void {
  if (path) row.querySelector(".sparkline path")?.setAttribute("d", path);
}

function put(row: HTMLElement, name: string, text: string): void {
  const place = slot(row, name);
  if (place) setText(place, text);
}

function slot(row: HTMLElement, name: string): HTMLElement | null {
  return row.querySelector<HTMLElement>(`[data-slot="${name}"]`);
}
