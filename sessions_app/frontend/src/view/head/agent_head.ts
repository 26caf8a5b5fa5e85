import type { CommandPalette } from "../../agent/command_palette.ts";
import type { SettingsBar, WaitingChoice } from "../../agent/settings_bar.ts";
import { NO_AGENT, afterEvent } from "../../model/agent_state.ts";
import type { AgentEvent, AgentState } from "../../model/agent_state.ts";
import type { Thread } from "../../model/thread.ts";
import type { AnyEvent } from "../../protocol.ts";
import { agentBundle } from "./agent_bundle.ts";
import { h, setText } from "../h.ts";

const ACTIVE = new Set(["queued", "running", "waiting"]);

/** Which agent works here, with its settings; and its commands, in the composer. */
export class AgentHead {
  private readonly bar: HTMLElement;
  private readonly name = h("span", { class: "agent-name" });
  private readonly thread: Thread;
  private readonly canControl: boolean;
  private readonly input: HTMLTextAreaElement | null;
  private known: AgentState | null = null;
  private settings: SettingsBar | null = null;
  private palette: CommandPalette | null = null;
  private isLoading = false;
  private readonly waiting: readonly WaitingChoice[];

  constructor(root: HTMLElement, thread: Thread, canControl: boolean) {
    const bar = root.querySelector<HTMLElement>("[data-slot=agent]");
    this.bar = bar ?? h("div");
    this.bar.append(this.name);
    this.thread = thread;
    this.canControl = canControl;
    this.waiting = JSON.parse(root.dataset["choices"] || "[]") as WaitingChoice[];
    this.input = root.querySelector<HTMLTextAreaElement>("form.composer textarea");
  }

  update(): void {
    const { agent, status } = this.thread;
    this.settings?.update(agent, status !== null && !ACTIVE.has(status));
    if (agent === this.known) return;
    this.known = agent;
    const { info, options, commands } = agent;
    setText(this.name, info ? [info.agent, info.version].filter(Boolean).join(" ") : "");
    this.name.title = info?.agentSessionId ? `The agent calls this session ${info.agentSessionId}` : "";
    this.bar.hidden = !info && !options?.options?.length;
    this.palette?.offer(commands?.commands ?? []);
    if (options?.options?.length || (commands?.commands?.length && this.input)) void this.load();
  }

  /** Take note of what the log answers. */
  received(events: readonly AnyEvent[]): void {
    this.settings?.received(events);
  }

  private async load(): Promise<void> {
    if (this.settings || this.isLoading) return;
    this.isLoading = true;
    const bundle = await agentBundle();
    this.isLoading = false;
    if (!bundle) {
      this.known = null; // with the next event it is tried again
      return;
    }
    const seq = this.thread.agent.options?.seq ?? 0;
    this.settings = new bundle.SettingsBar(this.thread.id, this.canControl, this.waiting, seq);
    this.bar.append(this.settings.element);
    if (this.input) this.palette = new bundle.CommandPalette(this.input);
    this.known = null;
    this.update();
  }
}

/** What the server knew of the agent when it made the page; later events count more. */
export function reportedAgent({ dataset }: HTMLElement): AgentState {
  const events = JSON.parse(dataset["agent"] || "[]") as AgentEvent[];
  return events.reduce(afterEvent, NO_AGENT);
}
