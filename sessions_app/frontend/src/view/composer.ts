import { newKey, sendCommand } from "../command.ts";
import type { Thread } from "../model/thread.ts";
import type { AnyCommand } from "../protocol.ts";
import { setText } from "./h.ts";

const SURE_MS = 4_000;
const STOPPABLE = new Set(["running", "waiting"]);
const OVER = new Set(["completed", "failed", "cancelled"]);

/** The form for what a person says to a session, and its two brakes. */
export class Composer {
  private readonly session: string;
  private readonly thread: Thread;
  private readonly form: HTMLFormElement;
  private readonly input: HTMLTextAreaElement;
  private readonly problem: HTMLElement;
  private readonly sendButton: HTMLButtonElement;
  private readonly interrupt: HTMLButtonElement;
  private readonly cancel: HTMLButtonElement;
  private key = newKey();
  private sureTimer = 0;

  constructor(form: HTMLFormElement, thread: Thread) {
    this.form = form;
    this.thread = thread;
    this.session = thread.id;
    this.input = part(form, "textarea");
    this.problem = part(form, "[data-slot=problem]");
    this.sendButton = part(form, "[data-act=send]");
    this.interrupt = part(form, "[data-act=interrupt]");
    this.cancel = part(form, "[data-act=cancel]");
    this.input.value = sessionStorage.getItem(this.draftName) ?? "";
    this.listen();
    this.grow();
  }

  update(): void {
    const status = this.thread.status ?? this.form.dataset["status"] ?? "";
    const isRunning = STOPPABLE.has(status);
    this.interrupt.hidden = !isRunning;
    this.cancel.hidden = OVER.has(status);
    this.input.placeholder = isRunning
      ? "Say something; the agent reads it at its next turn"
      : "Send a follow-up";
  }

  private get draftName(): string {
    return `ringside draft ${this.session}`;
  }

  private listen(): void {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.prompt();
    });
    this.input.addEventListener("input", () => {
      // Another text is another wish; the same text sent again is the same one.
      this.key = newKey();
      sessionStorage.setItem(this.draftName, this.input.value);
      this.grow();
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void this.prompt();
    });
    this.interrupt.addEventListener("click", () => {
      void this.press(this.interrupt, { type: "interrupt" });
    });
    this.cancel.addEventListener("click", () => void this.pressCancel());
  }

  private async prompt(): Promise<void> {
    const text = this.input.value;
    if (text.trim() === "" || this.sendButton.disabled) return;
    const isSent = await this.press(this.sendButton, { type: "prompt", text }, this.key);
    // Typed on meanwhile: that is kept.
    if (!isSent || this.input.value !== text) return;
    this.input.value = "";
    this.key = newKey();
    sessionStorage.removeItem(this.draftName);
    this.grow();
  }

  private async pressCancel(): Promise<void> {
    if (!this.cancel.classList.contains("sure")) {
      this.cancel.classList.add("sure");
      setText(this.cancel, "Really cancel?");
      this.sureTimer = window.setTimeout(() => this.unsure(), SURE_MS);
      return;
    }
    this.unsure();
    await this.press(this.cancel, { type: "cancel" });
  }

  private unsure(): void {
    clearTimeout(this.sureTimer);
    this.cancel.classList.remove("sure");
    setText(this.cancel, "Cancel");
  }

  private async press(
    button: HTMLButtonElement,
    command: AnyCommand,
    key?: string,
  ): Promise<boolean> {
    button.disabled = true;
    const problem = await sendCommand(this.session, command, key);
    button.disabled = false;
    setText(this.problem, problem ?? "");
    this.problem.hidden = problem === null;
    return problem === null;
  }

  private grow(): void {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
  }
}

function part<T extends HTMLElement>(form: HTMLFormElement, selector: string): T {
  const found = form.querySelector<T>(selector);
  if (!found) throw new Error(`the composer has no ${selector}`);
  return found;
}
