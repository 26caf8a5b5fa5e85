import type { Model } from "../model/model.ts";
import type { Row } from "../model/row.ts";
import { touch } from "../model/thread.ts";
import type { AnyCommand } from "../protocol.ts";
import { sendCommand } from "../command.ts";
import { h } from "../view/h.ts";
import type { AgentView, RowUi, Scene } from "../view/scene.ts";
import { Timeline } from "../view/timeline.ts";

/** All timelines of a page: a session's own and those of its sub-agents. */
export class Stage implements Scene {
  readonly model: Model;
  readonly canControl: boolean;
  readonly simulated: boolean;
  private readonly timelines = new Map<string, Timeline>();
  private readonly agents = new Map<string, AgentView>();
  private readonly uis = new Map<string, RowUi>();
  private readonly requestPaint: () => void;

  constructor(model: Model, root: HTMLElement, requestPaint: () => void) {
    this.model = model;
    this.canControl = root.dataset["canControl"] === "true";
    this.simulated = root.dataset["simulated"] === "true";
    this.requestPaint = requestPaint;
  }

  send(session: string, command: AnyCommand): Promise<string | null> {
    return sendCommand(session, command);
  }

  ui(session: string, row: Row): RowUi {
    // By name, not by object: a log that is read again makes its rows anew.
    const name = `${session} ${row.key}`;
    const known = this.uis.get(name);
    if (known) return known;
    const ui = { toggles: new Map(), scrolls: new Map(), drafts: new Map() };
    this.uis.set(name, ui);
    return ui;
  }

  changed(session: string, row: Row): void {
    touch(this.model.thread(session), row);
    this.requestPaint();
  }

  timeline(session: string): Timeline {
    const known = this.timelines.get(session);
    if (known) return known;
    const timeline = new Timeline(this.model.thread(session), this);
    this.timelines.set(session, timeline);
    return timeline;
  }

  agent(childId: string): AgentView {
    const known = this.agents.get(childId);
    if (known) return known;
    const timeline = this.timeline(childId);
    timeline.active = false; // until its card is opened
    const view: AgentView = {
      element: h("div", { class: "agent" }, timeline.element),
      show: (open) => {
        if (open && !timeline.active) this.requestPaint();
        timeline.active = open;
      },
    };
    this.agents.set(childId, view);
    return view;
  }

  /** Paint while there is time; returns true when more is left. */
  paint(hasTime: () => boolean): boolean {
    let isMore = false;
    for (const timeline of this.timelines.values()) {
      if (timeline.paint(hasTime)) isMore = true;
    }
    return isMore;
  }
}
