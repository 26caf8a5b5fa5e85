import type { Loop } from "../browser/loop.ts";
import { SessionOrder } from "../view/session_list/session_order.ts";
import type { ListedSession } from "../view/session_list/session_order.ts";
import type { Listener } from "../link/link.ts";
import type { Socket } from "../link/socket.ts";
import type { Folded } from "../model/thread.ts";
import type { AnyEvent, SessionSummary } from "../protocol.ts";
import type { WallHost } from "./host.ts";
import { Tile } from "./tile.ts";

const TAIL_EVENTS = 60; // of a session's log, as its tile comes to sight
const NEAR = "200px"; // from the window's edge: a tile that near is in sight soon
const PAUSE_MS = 1_000; // a tile that is out of sight for as long is paused, so who scrolls through pauses none

/** The sessions at work as tiles that stream, those that wait for a person first. */
export class Wall implements Listener {
  /** No tile is painted while the page is parked. */
  isParked = false;
  private readonly host: WallHost;
  private readonly list: HTMLElement;
  private readonly tiles = new Map<string, Tile>();
  private readonly seen = new Set<string>(); // sessions whose tiles are in sight; the others are paused
  private readonly sessions = new SessionOrder();
  private readonly loop: Loop;
  private readonly socket: Socket;
  private readonly sight: IntersectionObserver;
  private isOther = true; // the list has changed
  private pausing = 0; // a timer

  constructor(host: WallHost) {
    this.host = host;
    this.list = host.main.querySelector("ul") ?? host.main;
    this.loop = host.makeLoop(() => this.paint());
    this.socket = host.makeSocket(this, this.loop);
    this.sight = new IntersectionObserver((entries) => this.sighted(entries), { rootMargin: NEAR });
    host.scope.signal.addEventListener("abort", () => {
      this.sight.disconnect();
      clearTimeout(this.pausing);
    });
    this.list.addEventListener("keydown", (event) => this.press(event));
  }

  start(): void {
    this.host.roster.tell(this, this.host.scope.signal);
    this.socket.link.start();
    this.loop.request();
  }

  /** The page leaves the window: nothing is read for it until it comes back. */
  park(): void {
    this.isParked = true;
    this.pauseSoon();
  }

  show(): void {
    this.isParked = false;
    for (const session of this.seen) this.resume(session);
    this.loop.request();
  }

  listed(rows: SessionSummary[]): void {
    this.sessions.listed(rows);
    this.isOther = true;
    this.loop.request();
  }

  folded(session: string, events: AnyEvent[]): Folded {
    const tile = this.tiles.get(session);
    tile?.log.fold(events);
    if (tile) tile.isDirty = true;
    this.loop.request();
    return "folded";
  }

  forgotten(session: string): void {
    this.tiles.get(session)?.log.clear();
  }

  changed(): void {
    this.loop.request();
  }

  /** The end of a log is read anew. */
  begun(session: string): void {
    this.forgotten(session);
  }

  subscribed(): void {}
  complained(): void {}

  private paint(): boolean {
    if (this.isParked) return false;
    if (this.isOther) this.order();
    for (const session of this.seen) {
      const tile = this.tiles.get(session);
      if (tile?.isDirty) tile.paint();
    }
    return false;
  }

  /** Bring the tiles into the list's order; a tile stays after its session is over. */
  private order(): void {
    this.isOther = false;
    const shown = this.sessions.sessions().filter((one) => one.group !== "over" || this.tiles.has(one.summary.id));
    const focused = this.list.contains(document.activeElement) ? document.activeElement : null;
    let at = this.list.firstElementChild;
    for (const listed of shown) {
      const tile = this.tile(listed);
      if (tile.element === at) at = at.nextElementSibling;
      else this.list.insertBefore(tile.element, at);
    }
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    this.host.main.querySelector("[data-slot=empty]")?.toggleAttribute("hidden", shown.length > 0);
  }

  private tile(listed: ListedSession): Tile {
    const { id } = listed.summary;
    const known = this.tiles.get(id);
    const tile = known ?? new Tile(id);
    tile.list(listed);
    if (known) return known;
    this.tiles.set(id, tile);
    this.sight.observe(tile.link); // tells at once whether it is in sight
    return tile;
  }

  private sighted(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const session = (target as HTMLElement).dataset["session"] ?? "";
      if (isIntersecting) this.seen.add(session);
      else this.seen.delete(session);
      if (isIntersecting && !this.isParked) this.resume(session);
    }
    this.pauseSoon();
    this.loop.request();
  }

  /** Follow a session from the end of its log on, if it is not followed. */
  private resume(session: string): void {
    this.socket.link.subscribe(session, TAIL_EVENTS);
  }

  /** Follow those out of sight no more: the server sends nothing of them, and no script runs for them. */
  private pauseSoon(): void {
    clearTimeout(this.pausing);
    this.pausing = window.setTimeout(() => {
      for (const session of [...this.socket.link.subscriptions.keys()]) {
        if (this.isParked || !this.seen.has(session)) this.socket.link.unsubscribe(session);
      }
    }, PAUSE_MS);
  }

  /** The arrows move the focus between the tiles, as they stand in rows. */
  private press(event: KeyboardEvent): void {
    const links = [...this.list.querySelectorAll<HTMLElement>(".tile")];
    const at = links.findIndex((link) => link === document.activeElement);
    const top = links[0]?.offsetTop ?? 0;
    const columns = links.filter((link) => link.offsetTop === top).length;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const next = at >= 0 && by ? links[at + by] : undefined;
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}
