import type { SessionSummary } from "../../protocol.ts";
import { groupOf } from "./session_row.ts";
import type { Group } from "./session_row.ts";

const SHOWN_MAX = 100; // sessions in the sidebar

/** A main session in the sidebar; `asks` counts what its whole tree asks. */
export interface ListedSession {
  readonly summary: SessionSummary;
  readonly group: Group;
  readonly asks: number;
}

const GROUPS: readonly Group[] = ["person", "active", "over"];

/** The main sessions known to the tab, those that wait for a person first. */
export class SessionOrder {
  private readonly mains = new Map<string, SessionSummary>();
  private readonly roots = new Map<string, string>();
  private readonly asks = new Map<string, Map<string, number>>(); // by root, then by session

  listed(rows: readonly SessionSummary[]): void {
    for (const row of rows) {
      this.roots.set(row.id, row.root);
      const asks = this.asks.get(row.root) ?? new Map<string, number>();
      this.asks.set(row.root, asks.set(row.id, row.asks));
      if (row.parent !== null) continue;
      if (row.isArchived) this.mains.delete(row.id);
      else this.mains.set(row.id, row);
    }
  }

  /** The main session that a session belongs to; itself if it is not known. */
  rootOf(session: string): string {
    return this.roots.get(session) ?? session;
  }

  /**
   * In groups: waiting, at work, over. Those at work keep their order, the newest first,
   * since they change all the time; of the others the one changed last comes first.
   */
  sessions(): ListedSession[] {
    const all = [...this.mains.values()].map((summary) => {
      const asks = [...(this.asks.get(summary.id)?.values() ?? [])].reduce((sum, each) => sum + each, 0);
      return { summary, asks, group: groupOf(summary.status, asks) };
    });
    all.sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || timeOf(b) - timeOf(a));
    return all.slice(0, SHOWN_MAX);
  }
}

function timeOf({ group, summary }: ListedSession): number {
  return group === "active" ? summary.createdMs : summary.updatedMs;
}
