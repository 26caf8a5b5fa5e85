import { clockDuration, cost, plural, short } from "../format.ts";
import type { Model } from "../model/model.ts";
import type { Thread } from "../model/thread.ts";
import type { SessionStatus } from "../protocol.ts";
import { setText } from "./h.ts";

const ACTIVE: ReadonlySet<SessionStatus> = new Set<SessionStatus>(["running", "waiting"]);

/** The figures in a session's head: status, model, time, tokens, cost, plan. */
export class Meter {
  private readonly root: HTMLElement;
  private readonly model: Model;
  private readonly thread: Thread;
  private readonly simulated: boolean;

  constructor(root: HTMLElement, model: Model, session: string, simulated: boolean) {
    this.root = root;
    this.model = model;
    this.thread = model.thread(session);
    this.simulated = simulated;
  }

  get isActive(): boolean {
    return this.thread.status !== null && ACTIVE.has(this.thread.status);
  }

  update(): void {
    const { thread } = this;
    const total = this.model.treeTally(thread.id);
    if (thread.status) this.showStatus(thread.status);
    if (thread.model) this.put("model", thread.model);
    this.put("elapsed", thread.startTs ? clockDuration(this.elapsed()) : "–");
    const tokensIn = short(total.inputTokens + total.cacheTokens);
    this.put("tokens", `${tokensIn} in, ${short(total.outputTokens)} out`);
    this.put("cost", cost(total, this.simulated));
    this.put("plan", this.plan());
  }

  private showStatus(status: SessionStatus): void {
    const chip = this.slot("status");
    if (!chip) return;
    chip.dataset["status"] = status;
    setText(chip, status);
    chip.title = this.thread.statusDetail;
  }

  private elapsed(): number {
    const end = this.isActive ? Math.max(Date.now(), this.thread.lastTs) : this.thread.lastTs;
    return end - this.thread.startTs;
  }

  private plan(): string {
    const { todo } = this.thread;
    if (todo.length === 0) return "–";
    const done = todo.filter((item) => item["status"] === "completed").length;
    return `${done} of ${plural(todo.length, "step")}`;
  }

  private put(name: string, text: string): void {
    const slot = this.slot(name);
    if (!slot) return;
    setText(slot, text);
    slot.parentElement?.toggleAttribute("hidden", text === "–");
  }

  private slot(name: string): HTMLElement | null {
    return this.root.querySelector<HTMLElement>(`[data-slot="${name}"]`);
  }
}
