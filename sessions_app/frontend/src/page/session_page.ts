import type { Subscription } from "../link/subscription.ts";
import type { Listener } from "../link/link.ts";
import { Socket } from "../link/socket.ts";
import { Loop } from "../loop.ts";
import { Model } from "../model/model.ts";
import { textOf } from "../model/thread.ts";
import type { Folded, Thread } from "../model/thread.ts";
import type { AnyEvent, ErrorFrame } from "../protocol.ts";
import { Announcer } from "../view/announcer.ts";
import { Badge } from "../view/badge.ts";
import { Composer } from "../view/composer.ts";
import { Follow } from "../view/follow.ts";
import { setText } from "../view/h.ts";
import { Meter } from "../view/meter.ts";
import { Timeline } from "../view/timeline.ts";
import { Stage } from "./stage.ts";

const TICK_MS = 1_000;

/** One session, live: wires the link to the model, and the model to the views. */
export class SessionPage implements Listener {
  private readonly root: HTMLElement;
  private readonly session: string;
  private readonly thread: Thread;
  private readonly model = new Model();
  private readonly socket: Socket;
  private readonly loop: Loop;
  private readonly stage: Stage;
  private readonly timeline: Timeline;
  private readonly follow: Follow;
  private readonly meter: Meter;
  private readonly badge: Badge;
  private readonly announcer: Announcer;
  private readonly composer: Composer | null;

  constructor(root: HTMLElement, badge: HTMLElement) {
    this.root = root;
    this.session = root.dataset["session"] ?? "";
    this.thread = this.model.thread(this.session);
    this.loop = new Loop((hasTime) => this.flush(hasTime));
    this.socket = new Socket(this, this.loop);
    const repaint = (): void => this.loop.request();
    this.stage = new Stage(this.model, root, { repaint, keepPlace: () => this.follow.hold() });
    const scroller = find(root, ".scroller");
    this.timeline = new Timeline(this.session, this.stage, scroller, repaint);
    this.follow = new Follow(scroller, find<HTMLButtonElement>(root, ".jump"));
    this.meter = new Meter(root, this.model, this.session, this.stage.simulated);
    this.badge = new Badge(badge);
    this.announcer = new Announcer(find(root, "[data-slot=announcer]"), this.thread);
    const form = root.querySelector<HTMLFormElement>("form.composer");
    this.composer = form ? new Composer(form, this.thread) : null;
    find(root, "[data-slot=timeline]").append(this.timeline.element);
  }

  start(): void {
    this.openDebuggingDoor();
    this.socket.link.subscribe(this.session);
    this.socket.link.start();
    setInterval(() => this.tick(), TICK_MS);
    this.loop.request();
  }

  folded(session: string, events: AnyEvent[]): Folded {
    const folded = this.model.fold(session, events);
    for (const child of this.model.thread(session).children) {
      this.socket.link.subscribe(child);
    }
    this.loop.request();
    return folded;
  }

  forgotten(session: string): void {
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
    const place = find(this.root, "[data-slot=complaint]");
    setText(place, `The server says: ${error.message}`);
    place.hidden = false;
  }

  listed(): void {
    // This page does not watch the list.
  }

  changed(): void {
    this.loop.request();
  }

  private flush(hasTime: () => boolean): boolean {
    this.socket.link.ack();
    const atEnd = this.follow.isFollowing;
    const isMore = this.timeline.paint(hasTime, atEnd);
    this.follow.painted(this.timeline.rowCount);
    this.badge.update(this.socket.link);
    this.meter.update();
    this.composer?.update();
    this.announcer.update(this.socket.link.state === "live");
    return isMore;
  }

  private tick(): void {
    // Cut off from the server, nobody knows whether the clock still runs.
    const isCutOff = this.socket.link.state === "reconnecting";
    if (document.hidden || isCutOff || !this.meter.isActive) return;
    this.model.tick();
    this.loop.request();
  }

  /** For tests and for looking into a page: how far it is, and what it holds. */
  private openDebuggingDoor(): void {
    const door = {
      cursor: (session: string) =>
        this.socket.link.subscriptions.get(session)?.cursor ?? 0,
      text: (session: string) => textOf(this.model.thread(session)),
    };
    Object.defineProperty(window, "ringside", { value: Object.freeze(door) });
  }
}

function find<T extends HTMLElement = HTMLElement>(root: HTMLElement, selector: string): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}
