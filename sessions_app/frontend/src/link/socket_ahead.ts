import type { ClientFrame } from "../protocol.ts";

export const TAIL_EVENTS = 400; // events at the end of a log that a page loads first

/**
 * A socket that connects and subscribes while its session's page is still being read. What
 * it hears waits for the page; nothing is acknowledged, so that is little.
 */
export class SocketAhead {
  readonly socket: WebSocket;
  /** Resolves with the server's first frame, or when the socket has closed without one. */
  readonly answered: Promise<void>;
  private readonly said: string;
  private readonly heard: MessageEvent<string>[] = [];
  private hasOpened = false;
  private isTaken = false;

  constructor(socket: WebSocket, session: string) {
    this.socket = socket;
    const frame: ClientFrame = { type: "subscribe", session, tail: TAIL_EVENTS };
    this.said = JSON.stringify(frame);
    this.answered = new Promise((resolve) => {
      for (const type of ["message", "close"] as const) socket.addEventListener(type, () => resolve(), { once: true });
    });
    socket.onopen = () => this.say();
    socket.onmessage = (message: MessageEvent<string>) => void this.heard.push(message);
  }

  /** False if it is of no use any more. */
  get isAlive(): boolean {
    return this.socket.readyState <= WebSocket.OPEN;
  }

  get isOpen(): boolean {
    return this.hasOpened;
  }

  /** Whether a frame was said ahead, and needs not be said again; it is true once. */
  takes(frame: string): boolean {
    const isFirst = this.hasOpened && !this.isTaken && frame === this.said;
    this.isTaken ||= isFirst;
    return isFirst;
  }

  /** Hear all that came until now, once the socket has the page's own handlers. */
  replay(): void {
    for (const message of this.heard.splice(0)) this.socket.onmessage?.(message);
  }

  private say(): void {
    this.socket.send(this.said);
    this.hasOpened = true;
  }
}
