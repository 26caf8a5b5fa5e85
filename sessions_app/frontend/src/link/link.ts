import { CLOSE } from "../protocol.ts";
import type {
  AnyEvent,
  ClientFrame,
  ErrorFrame,
  EventsFrame,
  ServerFrame,
  SessionSummary,
  SubscribedFrame,
  WatchSessionsFrame,
} from "../protocol.ts";
import type { Folded } from "../model/thread.ts";
import { admit } from "./admit.ts";
import { backoffMs } from "./backoff.ts";
import { freshSubscription } from "./subscription.ts";
import type { PageContext, Subscription } from "./subscription.ts";

export const QUIET_MS = 15_000; // ms without a frame from the server, then a ping is sent
export const ASKED_MAX = 16; // most subscriptions that wait for an answer at a time
export const DEAD_MS = 10_000; // ms without an answer to the ping, then the connection is dead

export type LinkState = "live" | "catching-up" | "reconnecting" | "signed-out" | "refused";

/** What the link asks of the WebSocket and the clock. */
export interface Wire {
  send(frame: ClientFrame): void;
  connectIn(delayMs: number): void;
  hangUp(): void;
  ackSoon(): void;
  random(): number;
}

/** What the link tells the page. */
export interface Listener {
  /** The subscription starts after seq `after`; older events are not sent. */
  begun(session: string, after: number): void;
  folded(session: string, events: AnyEvent[]): Folded;
  forgotten(session: string): void;
  listed(rows: SessionSummary[]): void;
  subscribed(subscription: Subscription): void;
  complained(error: ErrorFrame): void;
  changed(): void;
}

const SETTLED: ReadonlySet<PageContext> = new Set<PageContext>(["live", "refused"]);
// Close codes after which reconnecting would fail in the same way.
const FINAL_STATES = new Map<number, LinkState>([
  [CLOSE.NOT_SIGNED_IN, "signed-out"],
  [CLOSE.NOT_ALLOWED, "refused"],
  [CLOSE.MALFORMED, "refused"],
]);

/**
 * The connection as a state machine: no socket, no clock, no DOM.
 *
 * Per session the cursor is the `seq` up to which the log has been folded in; it
 * survives connections. Per connection the count of `events` frames folded in is
 * what is acknowledged.
 */
export class Link {
  readonly subscriptions = new Map<string, Subscription>();
  private readonly left = new Map<string, number>(); // unsubscribes of sessions that the server has not answered
  private readonly wire: Wire;
  private readonly listener: Listener;
  private open = false;
  private end: LinkState | null = null;
  private watching: WatchSessionsFrame | null = null;
  private isVisible = false;
  private failures = 0;
  private frames = 0;
  private acked = 0;
  private heardMs = 0;
  private pingedMs: number | null = null;

  constructor(wire: Wire, listener: Listener) {
    this.wire = wire;
    this.listener = listener;
  }

  get state(): LinkState {
    if (this.end) return this.end;
    if (!this.open) return "reconnecting";
    const waiting = [...this.subscriptions.values()].some((s) => !SETTLED.has(s.stage));
    return waiting ? "catching-up" : "live";
  }

  start(): void {
    this.wire.connectIn(0);
  }

  /** Follow a session, from its start on, or from about its last `tail` events on. */
  subscribe(session: string, tail: number | null = null): void {
    if (this.subscriptions.has(session)) return;
    const subscription = freshSubscription(session, tail);
    subscription.leaving = this.left.get(session) ?? 0;
    this.left.delete(session);
    this.subscriptions.set(session, subscription);
    this.askMore();
    this.listener.changed();
  }

  /** Follow a session no more; what was read of it is the listener's to keep or forget. */
  unsubscribe(session: string): void {
    const subscription = this.subscriptions.get(session);
    if (!subscription) return;
    this.subscriptions.delete(session);
    const { stage, leaving } = subscription;
    if (this.open && stage !== "unasked" && stage !== "refused") {
      this.left.set(session, leaving + 1);
      this.wire.send({ type: "unsubscribe", session });
    }
    this.askMore();
    this.listener.changed();
  }

  /** `asksOnly`: at first those alone that wait for a person. */
  watchSessions(asksOnly = false): void {
    this.watching = { type: "watch_sessions", asksOnly };
    if (this.open) this.wire.send(this.watching);
  }

  /** Whether the tab is in sight: of what a person sees they need no notification. */
  look(isVisible: boolean): void {
    if (isVisible === this.isVisible) return;
    this.isVisible = isVisible;
    if (this.open) this.wire.send({ type: "visibility", visible: isVisible });
  }

  /** Read the whole log again, since the cursor is not valid any more. */
  reread(session: string): void {
    const subscription = this.subscriptions.get(session);
    if (!subscription) return;
    this.forget(subscription);
    this.askAgain(subscription);
  }

  opened(nowMs: number): void {
    this.open = true;
    this.frames = 0;
    this.acked = 0;
    this.left.clear();
    this.noteTraffic(nowMs);
    if (this.watching) this.wire.send(this.watching);
    if (this.isVisible) this.wire.send({ type: "visibility", visible: true });
    for (const subscription of this.subscriptions.values()) {
      subscription.leaving = 0;
      subscription.stage = "unasked";
    }
    this.askMore();
    this.listener.changed();
  }

  closed(code: number): void {
    this.open = false;
    this.pingedMs = null;
    for (const s of this.subscriptions.values()) if (s.stage !== "refused") s.stage = "unasked";
    this.end = FINAL_STATES.get(code) ?? null;
    if (!this.end) {
      this.wire.connectIn(backoffMs(this.failures, this.wire.random()));
      this.failures += 1;
    }
    this.listener.changed();
  }

  received(frame: ServerFrame, nowMs: number): void {
    this.noteTraffic(nowMs);
    switch (frame.type) {
      case "events":
        this.frames += 1;
        this.wire.ackSoon();
        return this.foldFrame(frame);
      case "subscribed":
        return this.onSubscribed(frame);
      case "unsubscribed":
        return this.onUnsubscribed(frame.session);
      case "live":
        return this.with(frame.session, (s) => this.onLive(s));
      case "reset":
        return this.with(frame.session, (s) => {
          if (s.leaving) return;
          this.forget(s);
          this.ask(s);
        });
      case "sessions":
        return this.listener.listed(frame.sessions);
      case "error":
        return this.onError(frame);
      case "pong":
        return;
      default:
        // A newer server may send frames that this page does not know.
        frame satisfies never;
    }
  }

  /** Acknowledge what was folded in since the last acknowledgement. */
  ack(): void {
    if (!this.open || this.acked === this.frames) return;
    this.acked = this.frames;
    this.wire.send({ type: "ack", frames: this.frames });
  }

  /** Called periodically; detects a server that vanished without closing. */
  tick(nowMs: number): void {
    if (!this.open) return;
    if (this.pingedMs !== null) {
      if (nowMs - this.pingedMs >= DEAD_MS) this.wire.hangUp();
    } else if (nowMs - this.heardMs >= QUIET_MS) {
      this.pingedMs = nowMs;
      this.wire.send({ type: "ping" });
    }
  }

  private noteTraffic(nowMs: number): void {
    this.heardMs = nowMs;
    this.pingedMs = null;
  }

  private askMore(): void {
    if (!this.open) return;
    const all = [...this.subscriptions.values()];
    const asked = all.filter((s) => s.stage === "asked").length;
    const next = all.filter((s) => s.stage === "unasked");
    for (const subscription of next.slice(0, ASKED_MAX - asked)) this.ask(subscription);
  }

  private ask(subscription: Subscription): void {
    subscription.stage = "asked";
    const { session, cursor, epoch, tail } = subscription;
    if (tail !== null) return this.wire.send({ type: "subscribe", session, tail });
    const frame = { type: "subscribe", session, after: cursor } as const;
    this.wire.send(epoch ? { ...frame, epoch } : frame);
  }

  private askAgain(subscription: Subscription): void {
    if (!this.open) return;
    subscription.leaving += 1;
    this.wire.send({ type: "unsubscribe", session: subscription.session });
    this.ask(subscription);
    this.listener.changed();
  }

  private forget(subscription: Subscription): void {
    subscription.cursor = 0;
    subscription.tail = null;
    subscription.epoch = "";
    this.listener.forgotten(subscription.session);
  }

  private foldFrame(frame: EventsFrame): void {
    const subscription = this.subscriptions.get(frame.session);
    if (!subscription || subscription.leaving) return;
    if (subscription.tail !== null) {
      subscription.tail = null;
      subscription.cursor = frame.after;
      this.listener.begun(frame.session, frame.after);
    }
    const admitted = admit(subscription.cursor, frame);
    if (admitted === "old") return;
    if (admitted === "hole") return this.askAgain(subscription);
    subscription.cursor = frame.upTo;
    subscription.head = Math.max(subscription.head, frame.upTo);
    if (this.listener.folded(frame.session, admitted) === "hole") {
      this.reread(frame.session);
    } else if (subscription.stage !== "live") {
      this.listener.changed();
    }
  }

  private onSubscribed(frame: SubscribedFrame): void {
    this.with(frame.session, (s) => {
      if (s.leaving) return;
      s.stage = "replaying";
      s.epoch = frame.epoch;
      s.head = frame.head;
      s.status = frame.status;
      this.listener.subscribed(s);
      this.askMore();
      this.listener.changed();
    });
  }

  private onUnsubscribed(session: string): void {
    const subscription = this.subscriptions.get(session);
    const leaving = Math.max(0, (subscription?.leaving ?? this.left.get(session) ?? 0) - 1);
    if (subscription) subscription.leaving = leaving;
    else if (leaving > 0) this.left.set(session, leaving);
    else this.left.delete(session);
  }

  private onLive(subscription: Subscription): void {
    if (subscription.leaving) return;
    subscription.stage = "live";
    this.failures = 0;
    this.listener.changed();
  }

  private onError(frame: ErrorFrame): void {
    if (frame.session) {
      this.with(frame.session, (s) => {
        s.stage = "refused";
      });
      this.askMore();
    }
    this.listener.complained(frame);
    this.listener.changed();
  }

  private with(session: string, act: (subscription: Subscription) => void): void {
    const subscription = this.subscriptions.get(session);
    if (subscription) act(subscription);
  }
}
