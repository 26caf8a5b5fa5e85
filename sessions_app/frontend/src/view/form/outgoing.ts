import { keep } from "../../browser/keep.ts";
import { giveCommand, sendCommand } from "../../link/command.ts";
import { plural } from "../format.ts";
import { newKey, request } from "../../link/request.ts";
import { h, setText } from "../h.ts";

const TAKEN = "taken; the agent reads it before its next turn";
const SHOWN_CHARS = 2_000;
const UNSURE = "The page was left before the server answered.";

/** A message as the API lists it. */
interface WaitingMessage {
  readonly id: string;
  readonly text: string;
  readonly is_taken: boolean;
}

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
  /** Those that the server has named as waiting: once it names one no more, it waits no more. */
  private readonly named = new Set<string>();

  constructor(list: HTMLElement, session: string, giveBack: (text: string) => void) {
    this.list = list;
    this.session = session;
    this.giveBack = giveBack;
    // Those that the server knows of, sent before or by others.
    for (const item of list.querySelectorAll<HTMLElement>("[data-text]")) {
      this.named.add(item.dataset["command"] ?? "");
      this.offerBack(item, item.dataset["text"] ?? "");
    }
    this.offerEarlier();
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

  /** Remove the message of a command that the log has answered, or that was taken back. */
  received(commandId: string): void {
    this.answered.add(commandId);
    this.item(commandId)?.remove();
    this.offerEarlier();
  }

  /** The server names the messages that wait, in the order in which they will be read. */
  async waiting(ids: readonly string[]): Promise<void> {
    for (const id of this.named) if (!ids.includes(id)) this.received(id);
    for (const id of ids) this.named.add(id);
    if (ids.some((id) => !this.item(id) && !this.answered.has(id))) await this.readOthers();
    const items = ids.flatMap((id) => this.item(id) ?? []);
    if (items.some((item, at) => item !== this.accepted[at])) this.bring(items);
    this.offerEarlier();
  }

  /** Read the messages that other people, or other tabs, have sent. */
  private async readOthers(): Promise<void> {
    const path = `/api/v1/sessions/${encodeURIComponent(this.session)}/messages`;
    const { value } = await request<{ messages: WaitingMessage[] }>("GET", path);
    for (const { id, text, is_taken } of value?.messages ?? []) {
      if (this.item(id) || this.answered.has(id)) continue;
      const item = this.addItem(text);
      item.dataset["command"] = id;
      this.say(item, "taken", TAKEN);
      if (!is_taken) this.offerBack(item, text);
    }
  }

  /** Bring the messages into an order; a button that has the focus keeps it. */
  private bring(items: readonly HTMLElement[]): void {
    const focused = this.list.contains(document.activeElement) ? document.activeElement : null;
    this.list.prepend(...items);
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }

  private item(commandId: string): HTMLElement | null {
    return this.list.querySelector(`[data-command="${CSS.escape(commandId)}"]`);
  }

  /** The messages that the server has, as they stand. */
  private get accepted(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[data-command]")];
  }

  private async deliver(item: HTMLElement, message: Message): Promise<void> {
    this.say(item, "sending", "sending…");
    const command = { type: "prompt", text: message.text } as const;
    const { value, problem } = await giveCommand(this.session, command, message.key);
    if (problem !== null) return this.fail(item, message, problem);
    this.forget(message);
    if (this.answered.has(value.id)) return item.remove();
    this.item(value.id)?.remove(); // the server named it before it answered
    item.dataset["command"] = value.id;
    this.say(item, "taken", TAKEN);
    this.offerBack(item, message.text);
    this.offerEarlier();
  }

  /** A message that no runner has read can be taken back, into the box. */
  private offerBack(item: HTMLElement, text: string): void {
    const back = h("button", { type: "button", class: "plain take-back" }, "Take back");
    back.addEventListener("click", async () => {
      back.disabled = true;
      const commandId = item.dataset["command"] ?? "";
      const problem = await sendCommand(this.session, { type: "withdraw", commandId });
      if (problem !== null) return this.say(item, "taken", problem);
      this.received(commandId);
      this.giveBack(text);
    });
    item.append(back);
  }

  /** Each message but the first can be read before the one above it. */
  private offerEarlier(): void {
    const free = this.accepted.filter((item) => item.querySelector(".take-back"));
    free.forEach((item, at) => {
      const known = item.querySelector(".earlier");
      if (at === 0) known?.remove();
      else if (!known) item.append(this.earlier(item));
    });
  }

  private earlier(item: HTMLElement): HTMLElement {
    const button = h("button", { type: "button", class: "plain earlier" }, "Read earlier");
    button.addEventListener("click", async () => {
      const free = this.accepted.filter((each) => each.querySelector(".take-back"));
      const at = free.indexOf(item);
      const above = free[at - 1];
      if (!above) return;
      free.splice(at - 1, 2, item, above);
      button.disabled = true;
      const commandIds = free.flatMap(({ dataset }) => dataset["command"] ?? []);
      const problem = await sendCommand(this.session, { type: "reorder", commandIds });
      button.disabled = false;
      if (problem !== null) return this.tell(item, problem);
      above.before(item);
      this.offerEarlier();
      (item.querySelector<HTMLElement>(".earlier") ?? item.querySelector<HTMLElement>(".take-back"))?.focus();
    });
    return button;
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

  private tell(item: HTMLElement, words: string): void {
    const place = item.querySelector(".outgoing-state");
    if (place) setText(place, words);
  }

  private say(item: HTMLElement, state: string, words: string): void {
    item.dataset["state"] = state;
    this.tell(item, words);
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
