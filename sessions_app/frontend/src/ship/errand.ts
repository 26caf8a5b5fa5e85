import { giveCommand, newKey } from "../link/command.ts";
import type { NoticeEvent } from "../model/row.ts";
import type { Thread } from "../model/thread.ts";
import type { AnyCommand } from "../protocol.ts";

/** Commands that were given to the session's runner, until the log has their outcome. */
export class Errand {
  private readonly session: string;
  private ids: string[] = [];

  constructor(session: string) {
    this.session = session;
  }

  get isWaiting(): boolean {
    return this.ids.length > 0;
  }

  /** Give commands, one after the other; resolves to the problem, null if all were taken. */
  async give(...commands: readonly AnyCommand[]): Promise<string | null> {
    const ids: string[] = [];
    for (const command of commands) {
      const { value, problem } = await giveCommand(this.session, command, newKey());
      if (problem !== null) return problem;
      ids.push(value.id);
    }
    this.ids = ids;
    return null;
  }

  /** The outcome of the last command, or of the first that was refused; null: not yet. */
  outcome(thread: Thread): NoticeEvent | null {
    if (this.ids.length === 0) return null;
    const found = new Map<string, NoticeEvent>();
    for (const row of thread.rows) {
      if (row.kind !== "notice" || !("commandId" in row.event)) continue;
      if (row.event.commandId) found.set(row.event.commandId, row.event);
    }
    const events = this.ids.map((id) => found.get(id));
    const refused = events.find((event) => event?.type === "error");
    const outcome = refused ?? events.at(-1) ?? null;
    if (outcome) this.ids = [];
    return outcome;
  }
}
