import { readMessage } from "../../json/lossless.ts";
import type { Input } from "../../model/row.ts";
import { WholeOutput } from "./whole_output.ts";

/** The whole input of a call whose event was cut; fetched on request. */
export class WholeInput {
  input: Input | null = null;
  hasFailed = false;
  private readonly output: WholeOutput;
  private readonly changed: () => void;
  private isLoading = false;

  constructor(session: string, wholeId: string, changed: () => void) {
    this.output = new WholeOutput(session, wholeId, () => undefined);
    this.changed = changed;
  }

  async load(): Promise<void> {
    if (this.isLoading || this.input) return;
    this.isLoading = true;
    this.hasFailed = false;
    do await this.output.more();
    while (this.output.state === "waiting");
    this.isLoading = false;
    this.input = this.output.state === "complete" ? inputIn(this.output.text) : null;
    this.hasFailed = this.input === null;
    this.changed();
  }
}

/** The input of a whole event, from the output that holds the event. */
function inputIn(text: string): Input | null {
  try {
    const event: unknown = readMessage(text);
    const input = typeof event === "object" && event && "input" in event ? event.input : null;
    return typeof input === "object" && !Array.isArray(input) ? (input as Input | null) : null;
  } catch {
    return null;
  }
}
