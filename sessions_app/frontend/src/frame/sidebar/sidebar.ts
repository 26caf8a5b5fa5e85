import type { Keys } from "../../browser/keys.ts";
import { Loop } from "../../browser/loop.ts";
import type { SeenSessions } from "../../browser/seen_sessions.ts";
import type { Roster, RosterReader } from "../../link/roster.ts";
import type { SessionSummary } from "../../protocol.ts";
import { h } from "../../view/h.ts";
import type { Group } from "../../view/session_list/session_row.ts";
import { keepFocus } from "../../view/session_list/session_rows.ts";
import { SessionOrder } from "../../view/session_list/session_order.ts";
import { SidebarRow } from "./sidebar_row.ts";
import { SidebarSwitch } from "./sidebar_switch.ts";

const TICK_MS = 20_000; // ms between updates of "3 min ago"
const HEADS: readonly (readonly [Group, string])[] = [
  ["person", "Waiting for you"],
  ["active", "At work"],
  ["over", "Recent"],
];

/** What the sidebar needs of the frame around it. */
export interface SidebarFrame {
  readonly keys: Keys;
  readonly roster: Roster;
  readonly seen: SeenSessions;
  open(href: string): void;
  /** The page will probably be asked for. */
  expect(href: string): void;
  openBeside(session: string): void;
  /** The sessions whose pages are in the window. */
  inSight(): readonly string[];
}

/** The sessions beside the page, live: those that wait, those at work, then the rest. */
export class Sidebar implements RosterReader {
  private readonly root: HTMLElement;
  private readonly lists = new Map<Group, HTMLElement>();
  private readonly rows = new Map<string, SidebarRow>();
  private readonly sessions = new SessionOrder();
  private readonly seen: SeenSessions;
  private readonly frame: SidebarFrame;
  private readonly switch: SidebarSwitch;
  private readonly loop = new Loop(() => this.paint(), new AbortController().signal);
  private shown = ""; // the session of the page in front
  private next: (() => string | undefined) | null = null; // where the key pressed last would lead if it were pressed again

  constructor(root: HTMLElement, frame: SidebarFrame) {
    const { keys, roster, seen } = frame;
    this.root = root;
    this.frame = frame;
    this.seen = seen;
    seen.store();
    this.switch = new SidebarSwitch(root, keys, () => roster.wantAll());
    if (this.switch.isOpen) roster.wantAll();
    roster.tell(this);
    const nav = root.querySelector("nav");
    for (const [group, words] of HEADS) {
      const id = `sidebar-${group}`;
      const list = h("ul", { "aria-labelledby": id });
      this.lists.set(group, list);
      nav?.append(h("section", { hidden: "" }, h("p", { class: "sidebar-group", id }, words), list));
    }
    this.addKeys(keys);
    addEventListener("storage", () => {
      this.seen.read();
      this.loop.request();
    });
    document.addEventListener("visibilitychange", () => this.loop.request());
    setInterval(() => this.loop.request(), TICK_MS);
  }

  listed(rows: SessionSummary[]): void {
    this.sessions.listed(rows);
    this.loop.request();
  }

  /** Another page is in front: one about a session, or "". */
  show(session: string): void {
    this.shown = session;
    this.switch.close();
    this.loop.request();
    const { next } = this;
    this.next = null;
    const ahead = next?.();
    if (ahead && ahead !== session) this.frame.expect(pathOf(ahead));
  }

  /** With a frame, thus after the page in front has recalled what was seen before. */
  private look(): void {
    if (document.hidden) return;
    const inSight = new Set(this.frame.inSight());
    for (const { summary } of this.sessions.sessions()) {
      if (inSight.has(summary.id)) this.seen.see(summary.id, summary.head);
    }
  }

  private paint(): boolean {
    this.look();
    const current = this.sessions.rootOf(this.shown);
    const placed = new Map<Group, Element | null>();
    const gone = new Set(this.rows.keys());
    for (const session of this.sessions.sessions()) {
      const { id } = session.summary;
      const row = this.rows.get(id) ?? new SidebarRow(id);
      this.rows.set(id, row);
      gone.delete(id);
      row.fill(session, this.seen.isUnread(session.summary), id === current);
      const list = this.lists.get(session.group);
      const before = placed.get(session.group) ?? null;
      const at = before ? before.nextElementSibling : (list?.firstElementChild ?? null);
      if (row.element !== at) keepFocus(row.element, () => list?.insertBefore(row.element, at));
      placed.set(session.group, row.element);
    }
    for (const id of gone) this.drop(id);
    for (const list of this.lists.values()) list.parentElement?.toggleAttribute("hidden", !list.firstElementChild);
    return false;
  }

  private drop(id: string): void {
    this.rows.get(id)?.element.remove();
    this.rows.delete(id);
  }

  private addKeys(keys: Keys): void {
    keys.add("j", "next session", () => this.step(1));
    keys.add("k", "session before", () => this.step(-1));
    keys.add("w", "next session that waits for you", () => this.toWaiting());
    keys.add("B", "open another session beside this one", () => this.openBeside());
    this.root.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest<HTMLElement>("[data-beside]") : null;
      if (button) this.frame.openBeside(button.dataset["beside"] ?? "");
    });
    this.root.addEventListener("keydown", (event) => {
      const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (by === 0) return;
      event.preventDefault();
      this.moveFocus(by);
    });
  }

  private step(by: number): boolean {
    return this.go(() => {
      const all = this.sessions.sessions().map(({ summary }) => summary.id);
      const at = all.indexOf(this.sessions.rootOf(this.shown));
      return all[at < 0 ? 0 : at + by];
    });
  }

  /** The session whose line has the focus, else the next one. */
  private openBeside(): boolean {
    const focused = document.activeElement?.closest<HTMLElement>(".sidebar-row")?.dataset["session"];
    const all = this.sessions.sessions().map(({ summary }) => summary.id);
    const session = focused ?? all[all.indexOf(this.sessions.rootOf(this.shown)) + 1] ?? all[0];
    if (session && session !== this.shown) this.frame.openBeside(session);
    return session !== undefined;
  }

  private toWaiting(): boolean {
    return this.go(() => {
      const all = this.sessions.sessions().filter(({ group }) => group === "person");
      const at = all.findIndex(({ summary }) => summary.id === this.sessions.rootOf(this.shown));
      return all[(at + 1) % all.length]?.summary.id;
    });
  }

  /** Open the session that `way` leads to from the one that is shown; who goes that way once may do so again. */
  private go(way: () => string | undefined): boolean {
    const session = way();
    if (session === undefined) return false;
    if (session === this.shown) return true;
    this.next = way;
    this.frame.open(pathOf(session));
    return true;
  }

  private moveFocus(by: number): void {
    const links = [...this.root.querySelectorAll<HTMLElement>("a")];
    const at = links.findIndex((link) => link === document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  }
}

function pathOf(session: string): string {
  return `/sessions/${encodeURIComponent(session)}/`;
}
