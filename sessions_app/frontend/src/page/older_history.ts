import { History, readBefore } from "../link/history.ts";
import type { Older } from "../link/history.ts";

export interface OlderHistoryReader {
  older(session: string, older: Older): void;
  complain(words: string): void;
}

/** Reads older history on demand: one reader per session, each page once. */
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

  /** Read the next older turns; resolves to true if there may be more. */
  older(session: string): Promise<boolean> {
    const known = this.reading.get(session);
    if (known) return known;
    const reading = this.read(session).finally(() => this.reading.delete(session));
    this.reading.set(session, reading);
    return reading;
  }

  /** Read all older history; resolves when it is complete or has failed. */
  async whole(session: string): Promise<void> {
    while (await this.older(session));
  }

  private async read(session: string): Promise<boolean> {
    const history = this.histories.get(session);
    try {
      const older = await history?.older();
      // The log may have been reset while this was being read.
      if (!older || this.histories.get(session) !== history) return false;
      this.reader.older(session, older);
      return history?.isWhole === false;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Drop the reader, so that it is not tried again with each frame.
      this.histories.delete(session);
      const words = `What came before cannot be read: ${error.message}. Reload the page.`;
      this.reader.complain(words);
      return false;
    }
  }
}
