import { sendCommand } from "../../link/command.ts";
import type { Roster } from "../../link/roster.ts";
import type { PageScope } from "../../browser/page_scope.ts";
import { Drafts } from "../../browser/drafts.ts";
import { enterSends, isComposing } from "../../browser/typing.ts";
import type { Thread } from "../../model/thread.ts";
import type { AnyCommand, AnyEvent, SessionSummary } from "../../protocol.ts";
import { part, set, setText } from "../h.ts";
import type { Writing } from "../../writing/writing.ts";
import { EDIT } from "../view_context.ts";
import { Outgoing } from "./outgoing.ts";

const TWICE_MS = 2_000; // most ms between the two Esc of an interrupt
const RESENT = "It is sent as a new message: the agent has read the earlier one, and its answer stays.";
const STOPPABLE = new Set(["running", "waiting"]);
const OVER = new Set(["completed", "failed", "cancelled"]);

interface ComposerShell {
  readonly scope: PageScope;
  readonly roster: Roster | null;
}

type Bundle = typeof import("../../writing/writing.ts");

/** The message form of a session, with its interrupt button; what is rarely needed is a bundle. */
export class Composer {
  private readonly session: string;
  private readonly thread: Thread;
  private readonly form: HTMLFormElement;
  private readonly input: HTMLTextAreaElement;
  private readonly hint: HTMLElement;
  private readonly problem: HTMLElement;
  private readonly sendButton: HTMLButtonElement;
  private readonly interrupt: HTMLButtonElement;
  private readonly more: HTMLButtonElement;
  private readonly outgoing: Outgoing;
  private readonly drafts: Drafts;
  private writing: Promise<Writing | null> | null = null;
  private escapedMs = -Infinity;
  private isResent = false; // the box has a message that was sent before

  constructor(form: HTMLFormElement, thread: Thread, { scope, roster }: ComposerShell) {
    this.form = form;
    this.thread = thread;
    this.session = thread.id;
    this.input = part(form, "textarea");
    this.hint = part(form, "[data-slot=hint]");
    this.problem = part(form, "[data-slot=problem]");
    this.sendButton = part(form, "[data-act=send]");
    this.interrupt = part(form, "[data-act=interrupt]");
    this.more = part(form, "[data-act=more]");
    const giveBack = (text: string): void => this.giveBack(text);
    this.outgoing = new Outgoing(part(form, ".outgoing"), this.session, giveBack);
    this.drafts = new Drafts(this.session, "");
    this.input.value = this.drafts.get("message") ?? "";
    this.listen(scope);
    roster?.tell({ listed: (rows) => this.listed(rows) }, scope.signal);
    this.grow();
  }

  focus(): void {
    this.input.focus();
  }

  update(): void {
    const steers = this.isRunning;
    set(this.interrupt, "hidden", !steers);
    set(this.input, "hidden", this.refusal !== "");
    set(this.sendButton, "hidden", this.refusal !== "");
    set(this.input, "placeholder", steers ? "Steer the agent" : "Send a follow-up");
    setText(this.sendButton, steers ? "Steer" : "Send");
    if (performance.now() - this.escapedMs > TWICE_MS) setText(this.hint, this.words());
  }

  /** Note which commands the session's log has answered. */
  received(events: AnyEvent[]): void {
    for (const event of events) {
      if (event.type !== "user_message" || !("commandId" in event)) continue;
      this.outgoing.received(`${event.commandId}`);
    }
  }

  /** The list names the messages that wait in the session. */
  private listed(rows: readonly SessionSummary[]): void {
    const row = rows.find(({ id }) => id === this.session);
    if (row) void this.outgoing.waiting(row.waitingMessages);
  }

  private get status(): string {
    return this.thread.status ?? this.form.dataset["status"] ?? "";
  }

  private get isRunning(): boolean {
    return STOPPABLE.has(this.status);
  }

  /** Why no message can be sent now; "" if one can. */
  private get refusal(): string {
    const { refusal = "", refusesAlways } = this.form.dataset;
    return refusesAlways === undefined && this.isRunning ? "" : refusal;
  }

  private words(): string {
    if (this.refusal) return this.refusal;
    if (this.isResent && this.input.value !== "") return RESENT;
    switch (this.status) {
      case "running":
        return "A message steers the agent, from its next turn on.";
      case "waiting":
        return "Waits for an answer; a message is read after it.";
      case "queued":
        return "Waits for a runner; a message is read with the prompt.";
      default:
        return "";
    }
  }

  private listen(scope: PageScope): void {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.prompt();
    });
    this.input.addEventListener("input", () => {
      this.drafts.set("message", this.input.value);
      this.grow();
    });
    this.input.addEventListener("paste", (event) => this.pasted(event));
    this.form.addEventListener("drop", (event) => this.pasted(event));
    this.input.addEventListener("keydown", (event) => {
      if (!enterSends(event)) return;
      event.preventDefault();
      this.prompt();
    });
    scope.onDocument("keydown", (event) => this.escape(event));
    this.interrupt.addEventListener("click", () => {
      void this.press(this.interrupt, { type: "interrupt" });
    });
    this.input.addEventListener("focus", () => void this.load());
    this.form.parentElement?.addEventListener(EDIT, (event) => this.edit((event as CustomEvent<string>).detail));
    this.more.addEventListener("click", async () => {
      const writing = await this.load();
      if (writing) writing.menu.toggle();
      else this.say("The menu cannot be opened now: the server is away.");
    });
  }

  private prompt(): void {
    const text = this.input.value;
    if (text.trim() === "") return;
    this.outgoing.send(text);
    this.isResent = false;
    this.input.value = "";
    this.drafts.delete("message");
    this.say("");
    this.grow();
  }

  /** Put a message that could not be sent back, before the text typed since. */
  private giveBack(text: string): void {
    this.input.value = [text, this.input.value].filter(Boolean).join("\n");
    this.drafts.set("message", this.input.value);
    this.grow();
    this.input.focus();
  }

  /** Write an earlier message anew. */
  private edit(text: string): void {
    if (this.refusal) return;
    this.isResent = true;
    this.giveBack(text);
    this.update();
  }

  private escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || isComposing(event)) return;
    if (event.defaultPrevented || !this.isRunning) return;
    if (document.querySelector("dialog[open]")) return;
    const now = performance.now();
    if (now - this.escapedMs <= TWICE_MS) {
      this.escapedMs = -Infinity;
      if (!this.interrupt.disabled) this.interrupt.click();
      setText(this.hint, this.words());
    } else {
      this.escapedMs = now;
      setText(this.hint, "Esc again interrupts the agent.");
      window.setTimeout(() => this.update(), TWICE_MS + 50);
    }
  }

  /** Load what only those who write need; null: the server is away. */
  private load(): Promise<Writing | null> {
    return (this.writing ??= this.loaded());
  }

  private async loaded(): Promise<Writing | null> {
    try {
      const { Writing } = (await import(new URL("./writing.js", import.meta.url).href)) as Bundle;
      return new Writing({
        session: this.session,
        input: this.input,
        more: this.more,
        sent: () => this.thread.rows.flatMap((row) => (row.kind === "message" ? [row.text] : [])),
        canEnd: () => !OVER.has(this.status),
        end: () => void this.press(this.more, { type: "cancel" }),
      });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.writing = null; // the next focus tries again
      return null;
    }
  }

  private async press(button: HTMLButtonElement, command: AnyCommand): Promise<void> {
    button.disabled = true;
    const problem = await sendCommand(this.session, command);
    button.disabled = false;
    this.say(problem ?? "");
  }

  /** Show that only text can be sent, if something without text is pasted or dropped. */
  private pasted(event: ClipboardEvent | DragEvent): void {
    const data = "clipboardData" in event ? event.clipboardData : (event as DragEvent).dataTransfer;
    if (!data || data.files.length === 0 || data.getData("text/plain") !== "") return;
    event.preventDefault();
    const kind = data.files[0]?.type.startsWith("image/") ? "An image" : "A file";
    this.say(`${kind} cannot be sent. Put it into the agent's directory and name it in the message.`);
  }

  private say(problem: string): void {
    setText(this.problem, problem);
    this.problem.hidden = problem === "";
  }

  private grow(): void {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
  }
}
