import { isKnown } from "../protocol.ts";
import type { AgentSpawnEvent, AnyEvent } from "../protocol.ts";
import { fold } from "./fold/fold.ts";
import { join } from "./fold/join.ts";
import type { ToolRow } from "./row.ts";
import { NOTHING, sum } from "./tally.ts";
import { emptyThread, touch } from "./thread.ts";
import type { Folded, Thread } from "./thread.ts";
import { usedBy } from "./used.ts";
import type { Used } from "./used.ts";

/** The tool call that started a sub-agent. */
interface Spawner {
  thread: Thread;
  row: ToolRow;
}

/** All threads the page follows: a session and its sub-agents, at any depth. */
export class Model {
  private readonly threads = new Map<string, Thread>();
  /** Streams already read again because of a hole; a hole that stays is in the log itself. */
  private readonly knownHoles = new Set<string>();

  private readonly spawners = new Map<string, Spawner>();

  thread(id: string): Thread {
    const known = this.threads.get(id);
    if (known) return known;
    const thread = emptyThread(id);
    this.threads.set(id, thread);
    return thread;
  }

  /** Fold events in; on a hole, stop and ask for the log to be read again. */
  fold(session: string, events: AnyEvent[]): Folded {
    const thread = this.thread(session);
    for (const event of events) {
      if (fold(thread, event) === "folded") {
        if (event.type === "agent_spawn" && isKnown(event)) this.adopt(thread, event);
        continue;
      }
      const hole = `${session} ${streamOf(event)}`;
      if (this.knownHoles.has(hole)) continue;
      this.knownHoles.add(hole);
      return "hole";
    }
    this.touchAbove(session);
    return "folded";
  }

  /** Fold older events in, before those that are there; `start` is the seq before them. */
  prepend(session: string, start: number, events: AnyEvent[]): void {
    const thread = this.thread(session);
    const older = emptyThread(session);
    older.start = start;
    older.reported = thread.reported;
    // A hole in older events is not repaired: the rows that exist are shown.
    for (const event of events) fold(older, event);
    join(older, thread);
    for (const row of thread.tools.values()) {
      if (row.child) this.spawners.set(row.child.id, { thread, row });
    }
    this.touchAbove(session);
  }

  forget(session: string): void {
    // The thread stays the same object: views hold on to it.
    const { version } = this.thread(session);
    Object.assign(this.thread(session), emptyThread(session), { version: version + 1 });
  }

  /** The usage of a session and all sub-agents below it. */
  treeUsed(id: string): Used {
    const thread = this.threads.get(id);
    if (!thread?.lastTs) return { tally: NOTHING, isWhole: false };
    return thread.children.reduce((total, child) => {
      const below = this.treeUsed(child);
      const isWhole = total.isWhole && below.isWhole;
      return { tally: sum(total.tally, below.tally), isWhole };
    }, usedBy(thread));
  }

  /** The call that started a sub-agent. */
  spawner(session: string): Readonly<Spawner> | undefined {
    return this.spawners.get(session);
  }

  /** A session that an agent here started, not a person. */
  isChild(session: string): boolean {
    return this.spawners.has(session);
  }

  /** How many calls wait for an approval, at any depth. */
  get askCount(): number {
    let count = 0;
    for (const { open } of this.threads.values()) {
      for (const row of open) if (row.ask && !row.answer) count += 1;
    }
    return count;
  }

  /** Mark the calls whose clocks run. */
  tick(): void {
    for (const thread of this.threads.values()) {
      for (const row of thread.open) if (row.startTs) touch(thread, row);
    }
  }

  private adopt(thread: Thread, event: AgentSpawnEvent): void {
    const row = thread.tools.get(event.toolUseId);
    if (row) this.spawners.set(event.childId, { thread, row });
  }

  /** Mark the calls above as changed: each shows its agent's state and its tree's cost. */
  private touchAbove(session: string): void {
    const seen = new Set<string>();
    let above = this.spawners.get(session);
    while (above && !seen.has(above.thread.id)) {
      seen.add(above.thread.id);
      touch(above.thread, above.row);
      above = this.spawners.get(above.thread.id);
    }
  }
}

function streamOf(event: AnyEvent): string {
  if ("block" in event) return `${event.block}`;
  return "toolUseId" in event ? `${event.toolUseId}` : "";
}
