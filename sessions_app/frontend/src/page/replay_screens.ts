import type { ReplayScreen } from "../look_back/host.ts";
import { rowAt } from "../model/navigation/row_at.ts";
import type { Follow } from "../view/timeline/follow.ts";
import type { Timeline } from "../view/timeline/timeline.ts";
import { unfold } from "../view/timeline/unfold.ts";
import type { PageContext } from "./page_context.ts";
import { ReplayView } from "./replay_view.ts";

interface ReplayedPage {
  readonly root: HTMLElement;
  readonly session: string;
  readonly stage: PageContext;
  readonly timeline: Timeline;
  readonly follow: Follow;
  readonly scroller: HTMLElement;
  /** The parent of the timelines. */
  readonly slot: HTMLElement;
  /** Scroll to the end with the next paint. */
  toEnd(): void;
  repaint(): void;
}

/** Switches a session's page between its live timeline and that of a replay. */
export class ReplayScreens {
  private readonly page: ReplayedPage;
  /** The view of replays, created for the first one. */
  private view: ReplayView | null = null;
  isReplaying = false;

  constructor(page: ReplayedPage) {
    this.page = page;
  }

  /** The view on screen if it is that of a replay, else null. */
  get shown(): ReplayView | null {
    return this.isReplaying ? this.view : null;
  }

  begin(): ReplayScreen {
    const view = (this.view ??= this.make());
    this.turn(true);
    return {
      fold: (session, event) => view.fold(session, event),
      clear: () => view.clear(),
      setTime: (ts) => view.setTime(ts),
      toEnd: () => this.page.toEnd(),
      reveal: (session, seq) => {
        const row = rowAt(view.model.thread(session), seq);
        if (row) view.timeline.reveal(unfold(view.stage, session, row));
      },
    };
  }

  end(): void {
    this.turn(false);
  }

  private make(): ReplayView {
    const { page } = this;
    const { root, session, stage, scroller, follow } = page;
    const repaint = (): void => page.repaint();
    const keepPlace = (): void => follow.hold();
    const made = new ReplayView({ root, session, stage, scroller, follow, repaint, keepPlace });
    page.slot.append(made.timeline.element);
    return made;
  }

  private turn(isReplaying: boolean): void {
    const { page } = this;
    this.isReplaying = isReplaying;
    page.root.classList.toggle("replaying", isReplaying);
    page.timeline.element.hidden = isReplaying;
    if (this.view) this.view.timeline.element.hidden = !isReplaying;
    page.toEnd();
    page.repaint();
  }
}
