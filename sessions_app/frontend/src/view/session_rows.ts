import { ago, dollars, plural } from "../format.ts";
import type { SessionStatus, SessionSummary } from "../protocol.ts";
import { setText } from "./h.ts";

const GROUP: Record<SessionStatus, string> = {
  waiting: "person",
  idle: "person",
  running: "active",
  queued: "active",
  completed: "over",
  failed: "over",
  interrupted: "over",
  cancelled: "over",
};

/** The rows of the list: takes over what the server rendered. */
export class SessionRows {
  private readonly root: HTMLElement;
  private readonly template: HTMLTemplateElement | null;
  private readonly rows = new Map<string, HTMLElement>();
  private readonly parents = new Map<string, string>();

  constructor(root: HTMLElement) {
    this.root = root;
    this.template = root.querySelector("template");
    for (const row of root.querySelectorAll<HTMLElement>("li[data-session]")) {
      this.rows.set(row.dataset["session"] ?? "", row);
    }
  }

  /** Show new and changed sessions. */
  show(summaries: SessionSummary[]): void {
    const owners = new Set<string>();
    // The latest change comes first; inserted at the top, it must come last.
    for (const summary of summaries.toReversed()) {
      if (summary.parent === null) this.showRow(summary);
      else {
        this.parents.set(summary.id, summary.parent);
        owners.add(this.rootOf(summary.id));
      }
    }
    for (const owner of owners) this.countAgents(owner);
  }

  tick(now: number): void {
    for (const time of this.root.querySelectorAll<HTMLElement>("time[data-ms]")) {
      setText(time, ago(Number(time.dataset["ms"]), now));
    }
  }

  private showRow(summary: SessionSummary): void {
    const row = this.rows.get(summary.id) ?? this.newRow(summary.id);
    if (!row) return;
    const link = row.querySelector<HTMLAnchorElement>("a");
    if (link) {
      link.href = `/sessions/${encodeURIComponent(summary.id)}/`;
      setText(link, summary.title || summary.id);
    }
    const chip = row.querySelector<HTMLElement>("[data-slot=status]");
    if (chip) {
      chip.dataset["status"] = summary.status;
      setText(chip, summary.status);
    }
    const isSimulated = summary.engine === "simulator";
    put(row, "model", summary.model);
    put(row, "owner", summary.owner);
    put(row, "cost", isSimulated ? "simulated" : dollars(summary.costUsd));
    const time = row.querySelector<HTMLElement>("time");
    if (time) {
      time.dataset["ms"] = `${summary.updatedMs}`;
      setText(time, ago(summary.updatedMs, Date.now()));
    }
    this.place(row, GROUP[summary.status]);
  }

  private newRow(id: string): HTMLElement | null {
    const copy = this.template?.content.firstElementChild?.cloneNode(true);
    if (!(copy instanceof HTMLElement)) return null;
    copy.dataset["session"] = id;
    this.rows.set(id, copy);
    return copy;
  }

  private place(row: HTMLElement, group: string): void {
    const list = this.root.querySelector(`[data-group="${group}"] ul`);
    if (!list || row.parentElement === list) return;
    list.prepend(row);
  }

  private rootOf(id: string): string {
    let at = id;
    for (let up = this.parents.get(at); up !== undefined; up = this.parents.get(at)) at = up;
    return at;
  }

  private countAgents(owner: string): void {
    const row = this.rows.get(owner);
    if (!row) return;
    const agents = [...this.parents.keys()].filter((id) => this.rootOf(id) === owner);
    put(row, "agents", plural(agents.length, "agent"));
  }
}

function put(row: HTMLElement, name: string, text: string): void {
  const slot = row.querySelector(`[data-slot="${name}"]`);
  if (slot) setText(slot, text);
}
