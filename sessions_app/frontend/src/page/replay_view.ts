import { Model } from "../model/model.ts";
import { Speed } from "../model/speed.ts";
import type { AnyEvent } from "../protocol.ts";
import type { FoldTarget } from "../replay/player.ts";
import type { Follow } from "../view/timeline/follow.ts";
import { Meter } from "../view/head/meter.ts";
import { Timeline } from "../view/timeline/timeline.ts";
import { PageContext } from "./page_context.ts";

interface Surroundings {
  readonly root: HTMLElement;
  readonly scroller: HTMLElement;
  readonly follow: Follow;
  readonly session: string;
  readonly stage: PageContext;
  repaint(): void;
  keepPlace(): void;
}

/** The view of a replay, with its own model, timeline and figures. */
export class ReplayView implements FoldTarget {
  readonly model = new Model();
  readonly stage: PageContext;
  readonly timeline: Timeline;
  readonly meter: Meter;
  private ts = 0;
  private readonly session: string;
  private readonly sessions = new Set<string>();

  constructor({ root, scroller, follow, session, stage, repaint, keepPlace }: Surroundings) {
    this.session = session;
    const now = (): number => this.ts;
    const page = { isPast: true, now, repaint, keepPlace, watch: () => {} };
    this.stage = new PageContext(this.model, root, page, stage.highlighter);
    this.timeline = new Timeline(session, this.stage, scroller, follow, repaint);
    this.meter = new Meter(root, this.model, session, new Speed(), stage.simulated, now);
  }

  fold(session: string, event: AnyEvent): void {
    this.sessions.add(session);
    this.model.fold(session, [event]);
  }

  clear(): void {
    for (const session of this.sessions) this.model.forget(session);
    this.model.thread(this.session).status = "queued"; // until the log reports the status
    this.timeline.clear();
  }

  /** Set the replayed time and update running clocks. */
  setTime(ts: number): void {
    this.ts = ts;
    this.model.tick();
  }
}
