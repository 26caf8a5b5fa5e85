import { readMessage } from "../json/lossless.ts";
import type { ClientFrame, ServerFrame } from "../protocol.ts";
import { Link } from "./link.ts";
import type { Listener, Wire } from "./link.ts";
import type { SocketAhead } from "./socket_ahead.ts";

const TICK_MS = 2_500;
const LOST = 1006;

/** Paints new events at once if the current frame has time left. */
export interface Painter {
  hurry(): void;
}

/** The tab's WebSocket; `Link` decides what its frames mean. */
export class Socket implements Wire {
  readonly link: Link;
  private socket: WebSocket | null = null;
  private timer = 0;
  private ackTimer = 0;
  private isParked = false;
  private readonly painter: Painter;
  private readonly signal: AbortSignal;
  private ahead: SocketAhead | null;

  /**
   * The socket closes for good when the signal is aborted. `ahead` was opened before, to save
   * the time of connecting and subscribing.
   */
  constructor(listener: Listener, painter: Painter, signal: AbortSignal, ahead: SocketAhead | null = null) {
    this.ahead = ahead;
    this.link = new Link(this, listener);
    this.painter = painter;
    this.link.look(!document.hidden);
    this.signal = signal;
    const ticks = setInterval(() => this.link.tick(performance.now()), TICK_MS);
    // Reconnect at once when the network is back or the tab is shown.
    addEventListener("online", () => this.hurry(), { signal });
    document.addEventListener("visibilitychange", () => this.hurry(), { signal });
    signal.addEventListener("abort", () => {
      clearInterval(ticks);
      this.leave();
    });
  }

  send(frame: ClientFrame): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const said = JSON.stringify(frame);
    if (!this.ahead?.takes(said)) this.socket.send(said);
  }

  connectIn(delayMs: number): void {
    clearTimeout(this.timer);
    if (this.signal.aborted) return;
    if (this.ahead) return this.connect();
    this.timer = window.setTimeout(() => this.connect(), delayMs);
  }

  hangUp(): void {
    // close() would wait for an answer from a server that is gone.
    this.socket?.close();
    this.lost(LOST);
  }

  ackSoon(): void {
    // Paint first, because a reader waits for it, then acknowledge. The timers of a
    // hidden tab may pause longer than the server waits, so there acknowledge at once.
    if (document.hidden) queueMicrotask(() => this.link.ack());
    else if (this.ackTimer === 0) this.ackTimer = window.setTimeout(() => this.ack());
  }

  private ack(): void {
    this.ackTimer = 0;
    this.link.ack();
  }

  random(): number {
    return Math.random();
  }

  /** False while its page is parked: whoever looks at the tab does not see it. */
  set isInWindow(isIn: boolean) {
    this.link.look(isIn && !document.hidden);
    this.isParked = !isIn;
  }

  private hurry(): void {
    this.link.look(!this.isParked && !document.hidden);
    const waiting = this.socket === null && this.link.state === "reconnecting";
    if (waiting && !document.hidden) this.connectIn(0);
    this.link.ack();
  }

  private connect(): void {
    clearTimeout(this.timer);
    if (this.socket) return;
    const ahead = this.ahead?.isAlive ? this.ahead : null;
    const socket = ahead?.socket ?? openSocket();
    this.socket = socket;
    const mine = (act: () => void) => () => {
      if (this.socket === socket) act();
    };
    socket.onopen = mine(() => this.link.opened(performance.now()));
    socket.onmessage = (message: MessageEvent<string>) => {
      if (this.socket !== socket) return;
      const frame = readMessage(message.data) as ServerFrame;
      this.link.received(frame, performance.now());
      this.painter.hurry();
    };
    socket.onclose = (event) => mine(() => this.lost(event.code))();
    if (ahead?.isOpen) this.link.opened(performance.now()); // else its handler tells
    this.ahead = null;
    ahead?.replay();
  }

  private leave(): void {
    clearTimeout(this.timer);
    clearTimeout(this.ackTimer);
    const { socket, ahead } = this;
    this.socket = this.ahead = null; // none of its events counts any more
    socket?.close();
    ahead?.socket.close();
  }

  private lost(code: number): void {
    this.socket = null;
    this.link.closed(code);
  }
}

/** Connect; the server says nothing before it was asked. */
export function openSocket(): WebSocket {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(`${scheme}//${location.host}/ws/`);
}
