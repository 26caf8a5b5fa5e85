import { giveCommand } from "../link/command.ts";
import type { AgentState } from "../model/agent_state.ts";
import type { AnyEvent, Choice, ConfigOption } from "../protocol.ts";
import { spellOut } from "../text/spelled.ts";
import { h, set, setText } from "../view/h.ts";

/** A choice that was sent, and that the agent has not answered yet. */
interface Sent {
  readonly value: string;
  /** The last `config_options` before it. */
  seq: number;
  commandId: string;
  /** Chosen while nobody ran the session: its next run says first what holds until then. */
  isForLater: boolean;
}

/** A choice that waits for the session's next run, as the server tells. */
export interface WaitingChoice {
  readonly optionId: string;
  readonly value: string;
  readonly commandId: string;
}

interface Menu {
  readonly element: HTMLElement;
  readonly select: HTMLSelectElement;
  readonly state: HTMLElement;
  option: ConfigOption;
}

/** The agent's settings, a menu each: mode, model, effort and others. */
export class SettingsBar {
  readonly element = h("div", { class: "settings" });
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private readonly session: string;
  private readonly canControl: boolean;
  private readonly menus = new Map<string, Menu>();
  private readonly sent = new Map<string, Sent>();
  private seq = 0;
  private isAtRest = false;

  constructor(session: string, canControl: boolean, waiting: readonly WaitingChoice[], seq: number) {
    this.session = session;
    this.canControl = canControl;
    for (const { optionId, ...choice } of waiting) this.sent.set(optionId, { ...choice, seq, isForLater: true });
    this.problem.hidden = true;
    this.element.append(this.problem);
  }

  /** `isAtRest`: nobody runs the session, so a choice waits for the next message. */
  update({ options: event }: AgentState, isAtRest: boolean): void {
    const options = event?.options ?? [];
    const seq = event?.seq ?? 0;
    this.isAtRest = isAtRest;
    if (seq !== this.seq) this.show(options);
    this.seq = seq;
    for (const [id, menu] of this.menus) {
      const sent = this.sent.get(id);
      if (sent && seq > sent.seq) this.settled(id, menu, sent, seq);
      this.say(menu);
    }
  }

  /** Take note of what the log says became of a choice. */
  received(events: readonly AnyEvent[]): void {
    for (const event of events) {
      if (event.type !== "error" || !("commandId" in event)) continue;
      for (const [id, sent] of this.sent) {
        if (sent.commandId !== event.commandId) continue;
        this.refuse(id, `${"message" in event ? event.message : "The agent refused this."}`);
      }
    }
  }

  /** The agent has said what holds now: what was chosen, or not. */
  private settled(id: string, { option }: Menu, sent: Sent, seq: number): void {
    const { value, isForLater } = sent;
    if (isForLater && option.current !== value) {
      sent.isForLater = false;
      sent.seq = seq;
      return;
    }
    this.sent.delete(id);
    if (option.current !== value) this.tell(`${option.name} was not changed: ${nameOf(option, option.current)} stays.`);
  }

  private show(options: readonly ConfigOption[]): void {
    const wanted = new Set(options.map(({ id }) => id));
    for (const [id, { element }] of this.menus) {
      if (wanted.has(id)) continue;
      element.remove();
      this.menus.delete(id);
    }
    for (const option of options) {
      const known = this.menus.get(option.id);
      const menu = known ?? this.make(option);
      const isSame = known && sameChoices(known.option, option);
      menu.option = option;
      if (!isSame) menu.select.replaceChildren(...choicesOf(option));
      this.problem.before(menu.element);
      this.menus.set(option.id, menu);
    }
  }

  private make(option: ConfigOption): Menu {
    const select = h("select", { title: spellOut(option.description ?? "") });
    const state = h("span", { class: "setting-state", role: "status" });
    const name = h("span", { class: "setting-name" }, spellOut(option.name));
    const element = h("label", { class: "setting", "data-category": option.category ?? "" }, name, select, state);
    select.addEventListener("change", () => void this.choose(option.id, select.value));
    return { element, select, state, option };
  }

  private say({ element, select, state, option }: Menu): void {
    const sent = this.sent.get(option.id);
    set(select, "disabled", !this.canControl || sent !== undefined);
    if (document.activeElement !== select || sent === undefined) set(select, "value", sent?.value ?? option.current);
    element.dataset["state"] = sent ? "sent" : "";
    const isTaken = sent !== undefined && sent.commandId !== "";
    const words = this.isAtRest ? "from the next message on" : "asked the agent";
    setText(state, sent ? (isTaken ? words : "sending…") : "");
  }

  private async choose(id: string, value: string): Promise<void> {
    const sent: Sent = { value, seq: this.seq, commandId: "", isForLater: this.isAtRest };
    this.sent.set(id, sent);
    this.problem.hidden = true;
    const menu = this.menus.get(id);
    if (menu) this.say(menu);
    const command = { type: "set_option", optionId: id, value } as const;
    const { value: taken, problem } = await giveCommand(this.session, command);
    if (problem !== null) return this.refuse(id, problem);
    sent.commandId = taken.id;
    if (menu) this.say(menu);
  }

  /** What was not done goes back to what holds, and a line says why. */
  private refuse(id: string, why: string): void {
    this.sent.delete(id);
    const menu = this.menus.get(id);
    if (!menu) return;
    this.say(menu);
    this.tell(`${menu.option.name} was not changed. ${why}`);
    menu.select.focus();
  }

  private tell(problem: string): void {
    this.problem.hidden = false;
    setText(this.problem, problem);
  }
}

function nameOf({ choices = [] }: ConfigOption, value: string): string {
  return choices.find((choice) => choice.value === value)?.name || value;
}

function sameChoices(a: ConfigOption, b: ConfigOption): boolean {
  return JSON.stringify([a.choices, a.current]) === JSON.stringify([b.choices, b.current]);
}

/** The choices of a setting, grouped; one that holds and is not offered is among them. */
function choicesOf({ choices = [], current }: ConfigOption): HTMLElement[] {
  const isKnown = choices.some(({ value }) => value === current);
  const all = isKnown ? choices : [{ value: current }, ...choices];
  const groups = new Map<string, Choice[]>();
  for (const choice of all) groups.set(choice.group ?? "", [...(groups.get(choice.group ?? "") ?? []), choice]);
  return [...groups].flatMap(([name, members]) => {
    const made = members.map((one) => {
      const words = spellOut(one.name || one.value);
      return h("option", { value: one.value, title: spellOut(one.description ?? "") }, words);
    });
    return name ? [h("optgroup", { label: spellOut(name) }, ...made)] : made;
  });
}
