import type { Older } from "../link/history.ts";
import type { Subscription } from "../link/subscription.ts";
import type { Listener } from "../link/link.ts";
import { Socket } from "../link/socket.ts";
import { TAIL_EVENTS } from "../link/socket_ahead.ts";
import { openDoor } from "../browser/debugging_door.ts";
import { Loop } from "../browser/loop.ts";
import { Model } from "../model/model.ts";
import { Speed } from "../model/speed.ts";
import { familyOf } from "../model/navigation/place.ts";
import type { Place } from "../model/navigation/place.ts";
import type { ToolRow } from "../model/row.ts";
import { textOf } from "../model/thread.ts";
import type { Folded, Thread } from "../model/thread.ts";
import { isKnown } from "../protocol.ts";
import type { AnyEvent, ErrorFrame } from "../protocol.ts";
import { spellOut } from "../text/spelled.ts";
import { addAnswerKeys } from "../view/inbox/answer_keys.ts";
import { AgentHead, reportedAgent } from "../view/head/agent_head.ts";
import { Announcer } from "../view/notification/announcer.ts";
import { Badge } from "../view/head/badge.ts";
import { Composer } from "../view/form/composer.ts";
import { FindBar } from "../view/head/find_bar.ts";
import { Follow } from "../view/timeline/follow.ts";
import { part, setText } from "../view/h.ts";
import { markdown } from "../view/markdown_bundle.ts";
import { Meter } from "../view/head/meter.ts";
import { notifierOf } from "../view/notification/notifier.ts";
import type { Notifier } from "../view/notification/notifier.ts";
import { SessionSign } from "../view/notification/session_sign.ts";
import { reportedFigures } from "../view/head/reported_figures.ts";
import { LastLook } from "../view/timeline/last_look.ts";
import { Timeline } from "../view/timeline/timeline.ts";
import { presentationOf } from "../view/presentation/presentation.ts";
import { unfold } from "../view/timeline/unfold.ts";
import { LookingBack } from "./looking_back.ts";
import { OpeningPace } from "./opening_pace.ts";
import { OlderHistory, type OlderHistoryReader } from "./older_history.ts";
import type { FramedPage, Shell } from "./shell.ts";
import { ReplayScreens } from "./replay_screens.ts";
import { WantedPlace } from "./wanted_place.ts";
import { WholeSessionKeys } from "./whole_session_keys.ts";
import { PageContext } from "./page_context.ts";

const TICK_MS = 1_000;

/** One session, live: wires the link to the model, and the model to the views. */
export class SessionPage implements FramedPage, Listener, OlderHistoryReader {
  private readonly root: HTMLElement;
  private readonly shell: Shell;
  private readonly session: string;
  private readonly thread: Thread;
  /** How many of the last events to read first; null (`?from=start`): the whole log. */
  private readonly tail: number | null;
  private readonly past = new OlderHistory(this);
  private hasBegun = false;
  private readonly pace = new OpeningPace(() => this.loop.request());
  private readonly model = new Model();
  private readonly speed = new Speed();
  private readonly socket: Socket;
  private readonly loop: Loop;
  private readonly stage: PageContext;
  private readonly timeline: Timeline;
  private readonly follow: Follow;
  private readonly meter: Meter;
  private readonly badge: Badge;
  private readonly announcer: Announcer;
  private readonly sign: SessionSign;
  private readonly notifier: Notifier | null;
  private readonly composer: Composer | null;
  private readonly agentHead: AgentHead;
  private readonly findBar: FindBar;
  private readonly lookingBack: LookingBack;
  private readonly replays: ReplayScreens;
  private readonly wanted: WantedPlace;
  private readonly lastLook: LastLook;
  private isToEnd = false;
  private isParked = false;

  constructor(root: HTMLElement, badge: HTMLElement, shell: Shell) {
    this.root = root;
    this.shell = shell;
    this.session = root.dataset["session"] ?? "";
    this.thread = this.model.thread(this.session);
    const from = new URLSearchParams(shell.isNamed ? location.search : "").get("from");
    this.tail = from === "start" ? null : TAIL_EVENTS;
    const { scope, highlighter } = shell;
    this.loop = new Loop((hasTime) => this.flush(hasTime), scope.signal);
    this.socket = new Socket(this, this.loop, scope.signal, shell.socket);
    const repaint = (): void => this.loop.request();
    const page = {
      isPast: false,
      now: () => Date.now(),
      repaint,
      watch: (session: string) => this.watch(session),
      keepPlace: () => this.follow.hold(),
    };
    this.stage = new PageContext(this.model, root, page, highlighter);
    const scroller = part(root, ".scroller");
    this.follow = new Follow(scroller, part<HTMLButtonElement>(root, ".jump"), scope);
    this.timeline = new Timeline(this.session, this.stage, scroller, this.follow, repaint);
    this.thread.reported = reportedFigures(root);
    this.thread.agent = reportedAgent(root);
    this.meter = new Meter(root, this.model, this.session, this.speed, this.stage.simulated);
    this.badge = new Badge(badge);
    this.sign = new SessionSign(this.model, this.thread, shell.tabTitle, shell.bar);
    this.notifier = notifierOf(this.model, this.thread, scope, shell.bar, this.sign.title);
    this.announcer = new Announcer(part(root, "[data-slot=announcer]"), this.thread);
    const form = root.querySelector<HTMLFormElement>("form.composer");
    this.composer = form ? new Composer(form, this.thread, shell) : null;
    this.agentHead = new AgentHead(root, this.thread, this.stage.canControl);
    this.addKeys();
    this.replays = this.addReplays(scroller);
    this.wanted = this.addWantedPlace();
    this.lastLook = new LastLook(this.thread, () => this.cursor, shell.seen, scope);
    this.findBar = this.addFindBar();
    this.lookingBack = this.addLookingBack();
    part(root, "[data-slot=timeline]").append(this.timeline.element);
  }

  start(): void {
    if (this.shell.scope.isInFront) this.openDoor();
    if (this.shell.isBack) this.wanted.comeBack();
    void markdown.ready(() => this.loop.request(), (words) => this.complain(words));
    this.watch(this.session);
    this.socket.link.start();
    void this.lookingBack.reopen();
    this.shell.scope.every(TICK_MS, () => this.tick());
    this.loop.request();
  }

  /** The seq up to which the page has read its session's log. */
  private get cursor(): number {
    return this.socket.link.subscriptions.get(this.session)?.cursor ?? 0;
  }

  park(): boolean {
    this.wanted.leave();
    this.lastLook.note();
    this.isToEnd = this.timeline.isFollowed || this.follow.isNearEnd;
    this.isParked = true;
    this.socket.isInWindow = false;
    this.findBar.park();
    this.timeline.park();
    this.replays.shown?.timeline.park();
    return !["refused", "signed-out"].includes(this.socket.link.state);
  }

  show(): void {
    this.isParked = false;
    this.socket.isInWindow = true;
    this.openDoor();
    this.wanted.aim();
    this.lastLook.recall();
    this.loop.request();
  }

  begun(session: string, after: number): void {
    this.model.thread(session).start = after;
    this.past.begun(session, after);
    if (session === this.session) this.hasBegun = true;
  }

  folded(session: string, events: AnyEvent[]): Folded {
    const folded = this.model.fold(session, events);
    this.speed.record(events, performance.now());
    this.watchSpawned(session, events);
    if (session === this.session) {
      this.composer?.received(events);
      this.agentHead.received(events);
    }
    this.loop.request();
    return folded;
  }

  forgotten(session: string): void {
    this.past.forget(session);
    this.model.forget(session);
    this.loop.request();
  }

  subscribed({ session, status }: Subscription): void {
    const thread = this.model.thread(session);
    thread.status ??= status;
    this.loop.request();
  }

  complained(error: ErrorFrame): void {
    if (error.session && error.session !== this.session) return;
    this.complain(`The server says: ${error.message}`);
  }

  listed(): void {} // the roster lists the sessions

  changed(): void {
    this.loop.request();
  }

  older(session: string, { start, events }: Older): void {
    this.model.prepend(session, start, events);
    this.watchSpawned(session, events);
    this.loop.request();
  }

  complain(text: string): void {
    const place = part(this.root, "[data-slot=complaint]");
    setText(place, text);
    place.hidden = false;
  }

  private openDoor(): void {
    const cursor = (session: string): number => this.socket.link.subscriptions.get(session)?.cursor ?? 0;
    openDoor({ cursor, text: (session) => textOf(this.shown.model.thread(session)) });
  }

  private flush(hasTime: () => boolean): boolean {
    if (this.isParked) {
      this.notifier?.update(this.socket.link.state === "live");
      return false;
    }
    try {
      return markdown.isLoaded && this.pace.mayPaint(this.socket.link.state, performance.now()) && this.paint(hasTime);
    } finally {
      this.badge.update(this.socket.link); // also if painting fails
    }
  }

  private paint(hasTime: () => boolean): boolean {
    const isPlaying = this.lookingBack.advance(performance.now());
    const { timeline, meter } = this.shown;
    this.wanted.seek();
    if (this.isToEnd) this.follow.toEnd();
    const isMore = timeline.paint(hasTime, this.destination(timeline));
    this.isToEnd = false;
    if (this.follow.seeksStart) this.seekStart();
    this.findBar.painted();
    this.lookingBack.painted();
    this.follow.painted(timeline.rowCount, timeline.isFollowed);
    const isLive = this.socket.link.state === "live";
    for (const session of this.timeline.threadsToExtend) void this.past.older(session);
    meter.update(isLive && !this.replays.isReplaying);
    this.composer?.update();
    this.agentHead.update();
    this.sign.update(this.shell.scope.isInFront);
    this.announcer.update(isLive);
    this.notifier?.update(isLive);
    return isMore || isPlaying;
  }

  /** The end that painting must keep visible; null keeps the current place. */
  private destination(timeline: Timeline): "end" | "start" | null {
    if (this.follow.seeksStart) return "start";
    return this.isToEnd || this.follow.isFollowing(timeline.isBehind) ? "end" : null;
  }

  /** Load older history, keeping the beginning visible however much is added above. */
  private seekStart(): void {
    if (this.replays.isReplaying || (this.hasBegun && this.thread.start === 0)) this.follow.foundStart();
    else void this.past.older(this.session);
  }

  /** The model, timeline and figures on screen: live, or those of the replay. */
  private get shown(): { model: Model; timeline: Timeline; meter: Meter } {
    const { model, timeline, meter } = this;
    return this.replays.shown ?? { model, timeline, meter };
  }

  private watch(session: string): void {
    this.socket.link.subscribe(session, this.tail);
  }

  /** Subscribe to sub-agents that still work; to others when they become visible. */
  private watchSpawned(session: string, events: AnyEvent[]): void {
    const { tools } = this.model.thread(session);
    for (const event of events) {
      if (event.type !== "agent_spawn" || !isKnown(event)) continue;
      if (!tools.get(event.toolUseId)?.result) this.watch(event.childId);
    }
  }

  private addFindBar(): FindBar {
    const { model, session, timeline, stage, past } = this;
    const host = {
      model,
      session,
      list: timeline.element,
      readAll: () => past.whole(session),
      show: (place: Place, isOpen: boolean) => {
        if (this.lookingBack.replays(place)) return;
        timeline.reveal(unfold(stage, place.session, place.row, isOpen));
      },
      top: () => timeline.top,
      leave: () => part(this.root, ".scroller").focus(),
    };
    const bar = new FindBar(host, this.shell.keys);
    part(this.root, ".stage").append(bar.element);
    part(this.root, "[data-act=find]").addEventListener("click", () => bar.open());
    const list = timeline.element;
    const whole = { model, session, list, readAll: host.readAll, openFind: () => bar.open() };
    new WholeSessionKeys(whole, this.shell.scope);
    return bar;
  }

  private addLookingBack(): LookingBack {
    const { model, session, timeline, stage, past } = this;
    const host = {
      model,
      session,
      canControl: stage.canControl,
      main: this.root,
      title: this.shell.bar.querySelector("h1")?.textContent ?? "",
      stage: part(this.root, ".stage"),
      highlighter: stage.highlighter,
      readAll: () => past.whole(session),
      readFamily: () => this.readFamily(),
      reading: () => this.shown.timeline.read,
      show: (place: Place) => {
        if (this.lookingBack.replays(place)) return;
        timeline.reveal(unfold(stage, place.session, place.row));
      },
      titleOf: (row: ToolRow) => spellOut(presentationOf(row).title(row.input ?? {})),
      beginReplay: () => this.replays.begin(),
      endReplay: () => this.replays.end(),
      leave: () => part(this.root, ".scroller").focus(),
      repaint: () => this.loop.request(),
    };
    return new LookingBack(host, this.root, this.shell.keys, (words) => this.complain(words));
  }

  private addReplays(scroller: HTMLElement): ReplayScreens {
    const { root, session, stage, timeline, follow } = this;
    return new ReplayScreens({
      root,
      session,
      stage,
      timeline,
      follow,
      scroller,
      slot: part(root, "[data-slot=timeline]"),
      toEnd: () => {
        this.isToEnd = true;
      },
      repaint: () => this.loop.request(),
    });
  }

  /** Read more of every log in the session's tree; returns true when all are complete. */
  private readFamily(): boolean {
    const { subscriptions } = this.socket.link;
    const unread = familyOf(this.model, this.session).filter((id) => {
      this.watch(id);
      if (this.model.thread(id).start > 0) void this.past.older(id);
      const stage = subscriptions.get(id)?.stage;
      return this.model.thread(id).start > 0 || (stage !== "live" && stage !== "refused");
    });
    return unread.length === 0;
  }

  private addWantedPlace(): WantedPlace {
    const { session, thread, stage, timeline, follow } = this;
    const { link } = this.socket;
    return new WantedPlace({
      session,
      thread,
      stage,
      timeline,
      follow,
      hash: () => (this.shell.isNamed ? location.hash : ""),
      progress: () => ({
        start: this.hasBegun ? thread.start : null,
        cursor: link.subscriptions.get(session)?.cursor ?? 0,
        isLive: link.state === "live",
      }),
      isReplaying: () => this.replays.isReplaying,
      readOlder: () => void this.past.older(session),
      complain: (words) => this.complain(words),
      aimed: () => {
        this.lookingBack.endReplay();
        this.loop.request();
      },
    }, this.shell.scope);
  }

  private addKeys(): void {
    const { composer, shell } = this;
    if (composer) {
      shell.keys.add("c", "write to the agent", () => composer.focus());
      addAnswerKeys(shell.keys, this.root);
    }
    shell.keys.add("y", "copy a link to what is at the top", () => this.timeline.copyLink());
  }

  private tick(): void {
    // Without a connection it is unknown whether the session still runs.
    const isCutOff = this.socket.link.state === "reconnecting";
    if (document.hidden || this.isParked || isCutOff || !this.meter.isActive) return;
    this.model.tick();
    this.loop.request();
  }
}
