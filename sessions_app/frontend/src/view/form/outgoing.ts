import { keep } from "../../browser/keep.ts";
import { giveCommand, sendCommand } from "../../link/command.ts";
import { plural } from "../format.ts";
import { newKey } from "../../link/request.ts";
import { h, setText } from "../h.ts";

const TAKEN = "taken; the agent reads it before its next turn";
const SHOWN_CHARS = 2_000;
const WITHDRAWN = "ringside withdrawn"; // where tabs tell each other what was taken back
const UNSURE = "The page was left before the server answered.";

interface Message {
  readonly key: string;
  readonly text: string;
}

/**
 * A person's messages that are not in the log yet: being sent, accepted, or failed.
 *
 * A message keeps its idempotency key until it is accepted, also over reloads: however
 * often it is sent again, the agent receives it once.
 */
export class Outgoing {
  private readonly list: HTMLElement;
  private readonly session: string;
  private readonly giveBack: (text: string) => void;
  private readonly unsent = new Map<string, Message>();
  /** Commands that the log has answered, perhaps before the server answered us. */
  private readonly answered = new Set<string>();
  private readonly withdrawn = new BroadcastChannel(WITHDRAWN);

  constructor(list: HTMLElement, session: string, giveBack: (text: string) => void, signal: AbortSignal) {
    this.list = list;
    this.session = session;
    this.giveBack = giveBack;
    this.withdrawn.onmessage = ({ data }: MessageEvent<string>) => this.received(data);
    signal.addEventListener("abort", () => this.withdrawn.close());
    // Those that the server knows of, sent before or by others.
    for (const item of list.querySelectorAll<HTMLElement>("[data-text]")) {
      this.offerBack(item, item.dataset["text"] ?? "");
    }
    for (const message of this.stored()) {
      this.unsent.set(message.key, message);
      this.fail(this.addItem(message.text), message, UNSURE);
    }
  }

  /** Send a message; returns at once, and the message shows its state. */
  send(text: string): void {
    const message = { key: newKey(), text };
    this.unsent.set(message.key, message);
    this.store();
    void this.deliver(this.addItem(text), message);
  }

  /** Remove the message of a command that the log has answered, or that was taken back elsewhere. */
  received(commandId: string): void {
    this.answered.add(commandId);
    this.list.querySelector(`[data-command="${CSS.escape(commandId)}"]`)?.remove();
  }

  private async deliver(item: HTMLElement, message: Message): Promise<void> {
    this.say(item, "sending", "sending…");
    const command = { type: "prompt", text: message.text } as const;
    const { value, problem } = await giveCommand(this.session, command, message.key);
    if (problem !== null) return this.fail(item, message, problem);
    this.forget(message);
    if (this.answered.has(value.id)) return item.remove();
    item.dataset["command"] = value.id;
    this.say(item, "taken", TAKEN);
    this.offerBack(item, message.text);
  }

  /** A message that no runner has read can be taken back, into the box. */
  private offerBack(item: HTMLElement, text: string): void {
    const back = h("button", { type: "button", class: "plain" }, "Take back");
    back.addEventListener("click", async () => {
      back.disabled = true;
      const commandId = item.dataset["command"] ?? "";
      const problem = await sendCommand(this.session, { type: "withdraw", commandId });
      if (problem !== null) return this.say(item, "taken", problem);
      item.remove();
      this.withdrawn.postMessage(commandId);
      this.giveBack(text);
    });
    item.append(back);
  }

  private fail(item: HTMLElement, message: Message, problem: string): void {
    const again = h("button", { type: "button", class: "plain" }, "Send again");
    const edit = h("button", { type: "button", class: "plain" }, "Edit");
    again.addEventListener("click", () => void this.deliver(item, message));
    edit.addEventListener("click", () => {
      item.remove();
      this.forget(message);
      this.giveBack(message.text);
    });
    this.say(item, "unsent", `Not sent. ${problem}`);
    item.append(again, edit);
  }

  private addItem(text: string): HTMLElement {
    const item = h("li", {}, h("span", { class: "outgoing-text", dir: "auto" }, shortened(text)));
    item.append(h("span", { class: "outgoing-state", role: "status" }));
    this.list.append(item);
    return item;
  }

  private say(item: HTMLElement, state: string, words: string): void {
    item.dataset["state"] = state;
    const place = item.querySelector(".outgoing-state");
    if (place) setText(place, words);
    for (const button of item.querySelectorAll("button")) button.remove();
  }

  private forget(message: Message): void {
    this.unsent.delete(message.key);
    this.store();
  }

  private get name(): string {
    return `ringside unsent ${this.session}`;
  }

  private store(): void {
    // One that is too long to be kept over a reload is sent nevertheless.
    const isKept = keep(sessionStorage, this.name, JSON.stringify([...this.unsent.values()]));
    if (!isKept) sessionStorage.removeItem(this.name);
  }

  private stored(): Message[] {
    return JSON.parse(sessionStorage.getItem(this.name) ?? "[]") as Message[];
  }
}

/** A message as the list shows it: the beginning of a very long one. */
function shortened(text: string): string {
  const left = text.length - SHOWN_CHARS;
  return left > 0 ? `${text.slice(0, SHOWN_CHARS)} … (${plural(left, "more character")})` : text;
}
