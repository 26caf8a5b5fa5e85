import { clockDuration, cost, dollars, plural, short } from "../format.ts";
import type { Model } from "../../model/model.ts";
import { tokens } from "../../model/tally.ts";
import type { Tally } from "../../model/tally.ts";
import type { Speed } from "../../model/speed.ts";
import type { Thread } from "../../model/thread.ts";
import type { SessionStatus } from "../../protocol.ts";
import { set, setText } from "../h.ts";

const FIGURES_MS = 250; // ms between updates while text streams in
const ACTIVE: ReadonlySet<SessionStatus> = new Set<SessionStatus>(["running", "waiting"]);

/** The figures in a session's head: status, model, time, tokens, cost, context, speed, plan. */
export class Meter {
  private readonly root: HTMLElement;
  private readonly model: Model;
  private readonly thread: Thread;
  private readonly speed: Speed;
  private readonly simulated: boolean;
  private readonly now: () => number;
  private figuresAt = -Infinity; // ms of the page's clock

  constructor(
    root: HTMLElement,
    model: Model,
    session: string,
    speed: Speed,
    simulated: boolean,
    now: () => number = Date.now,
  ) {
    this.root = root;
    this.model = model;
    this.speed = speed;
    this.thread = model.thread(session);
    this.simulated = simulated;
    this.now = now;
  }

  get isActive(): boolean {
    return this.thread.status !== null && ACTIVE.has(this.thread.status);
  }

  /** `isLive` is false while the page catches up: then no speed is shown. */
  update(isLive: boolean): void {
    const { thread } = this;
    if (thread.status) this.showStatus(thread.status);
    if (!thread.lastTs) return; // no event of the session was read
    const now = performance.now();
    if (isLive && this.isActive && now - this.figuresAt < FIGURES_MS) return;
    this.figuresAt = now;
    const { tally: total, isWhole } = this.model.treeUsed(thread.id);
    const least = isWhole || total.costUsd === null ? "" : "at least ";
    if (thread.model) this.put("model", thread.model);
    this.put("elapsed", this.elapsed());
    this.put("tokens", tokensSaid(total, isWhole));
    this.put("cost", this.cost(total, least));
    this.put("context", this.context());
    this.put("speed", isLive && this.isActive ? this.pouring() : "–");
    this.put("plan", this.plan());
  }

  /** Where the agent alone knows what it costs, its own sum. */
  private cost(total: Tally, least: string): string {
    if (this.simulated) return "simulated";
    const told = this.thread.agent.context?.costUsd;
    if (typeof told === "number" && !total.costUsd) return `${dollars(told)} by its own count`;
    return `${least}${cost(total, false)}`;
  }

  private context(): string {
    const { agent, contextTokens } = this.thread;
    if (!agent.context) return contextTokens ? `${short(contextTokens)} tokens` : "–";
    const { used, size } = agent.context;
    const share = size > 0 ? ` (${Math.round((100 * used) / size)} %)` : "";
    return `${short(used)} of ${short(size)}${share}`;
  }

  private pouring(): string {
    const speed = Math.round(this.speed.tokensPerSecond(performance.now()));
    return speed > 0 ? `about ${speed} tokens/s` : "–";
  }

  private showStatus(status: SessionStatus): void {
    const chip = this.slot("status");
    if (!chip) return;
    set(chip.dataset, "status", status);
    setText(chip, status);
    set(chip, "title", this.thread.statusDetail);
  }

  private elapsed(): string {
    const { start, startTs, lastTs, reported } = this.thread;
    const begun = start === 0 ? startTs : reported?.startTs || startTs;
    if (!begun) return "–";
    const end = this.isActive ? Math.max(this.now(), lastTs) : lastTs;
    return clockDuration(Math.max(0, end - begun));
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

/** Unknown before the end of the first turn. */
function tokensSaid(total: Tally, isWhole: boolean): string {
  if (tokens(total) === 0) return "–";
  const tokensIn = short(total.inputTokens + total.cacheTokens);
  return `${isWhole ? "" : "at least "}${tokensIn} in, ${short(total.outputTokens)} out`;
}
