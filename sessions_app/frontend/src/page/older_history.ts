import { History, readBefore } from "../link/history.ts";
import type { Older } from "../link/history.ts";

export interface OlderHistoryReader {
  older(session: string, older: Older): void;
  complain(words: string): void;
}

/** What came before the pages began to read: one history a session, each read once. */
export class OlderHistory {
  private readonly reader: OlderHistoryReader;
  private readonly histories = new Map<string, History>();
  private readonly reading = new Map<string, Promise<boolean>>();

  constructor(reader: OlderHistoryReader) {
    this.reader = reader;
  }

  begun(session: string, after: number): void {
    this.histories.set(session, new History(after, readBefore(session)));
  }

  forget(session: string): void {
    this.histories.delete(session);
  }

  /** Read on; resolves to whether there may be more. */
  older(session: string): Promise<boolean> {
    const known = this.reading.get(session);
    if (known) return known;
    const reading = this.read(session).finally(() => this.reading.delete(session));
    this.reading.set(session, reading);
    return reading;
  }

  /** Read all there is; resolves when it is there, or cannot be read. */
  async whole(session: string): Promise<void> {
    while (await this.older(session));
  }

  private async read(session: string): Promise<boolean> {
    const history = this.histories.get(session);
    try {
      const older = await history?.older();
      // The log may have been forgotten meanwhile, and be read anew.
      if (!older || this.histories.get(session) !== history) return false;
      this.reader.older(session, older);
      return history?.isWhole === false;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Not tried again with each frame.
      this.histories.delete(session);
      const words = `What came before cannot be read: ${error.message}. Reload the page.`;
      this.reader.complain(words);
      return false;
    }
  }
}
