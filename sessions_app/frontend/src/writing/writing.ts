import { sendsByEnter, sendByEnter } from "../browser/typing.ts";
import { FileCompletion } from "./file_completion.ts";
import { Menu } from "./menu.ts";
import { asked } from "./question.ts";
import { Recall } from "./recall.ts";

const END = {
  title: "End this session?",
  about:
    "The agent and its sub-agents stop now, in the middle of what they do. What they said and did stays; " +
    "messages that were not read are dropped.",
  yes: "End the session",
  no: "Keep it going",
};

/** What the bundle needs of the composer. */
export interface Writer {
  readonly session: string;
  readonly input: HTMLTextAreaElement;
  readonly more: HTMLElement;
  /** The messages that were sent, the oldest first. */
  sent(): readonly string[];
  canEnd(): boolean;
  end(): void;
}

/** What a person who writes may need, loaded when the composer is first used. */
export class Writing {
  readonly menu: Menu;

  constructor(writer: Writer) {
    new FileCompletion(writer.input, writer.session);
    new Recall(writer.input, () => writer.sent());
    this.menu = new Menu(writer.more, () => [
      { words: "Enter sends", isChosen: sendsByEnter(), act: () => sendByEnter(true) },
      { words: "Ctrl Enter sends", isChosen: !sendsByEnter(), act: () => sendByEnter(false) },
      ...(writer.canEnd() ? [{ words: "End the session…", isDanger: true, act: () => void end(writer) }] : []),
    ]);
  }
}

async function end(writer: Writer): Promise<void> {
  if (await asked(END)) writer.end();
}
