import { ago } from "../format.ts";
import type { SessionSummary } from "../../protocol.ts";
import { FamilyTree } from "./family_tree.ts";
import { setText } from "../h.ts";
import { RowLabels } from "./row_labels.ts";
import { drawLine, fillRow, fillTree, groupOf } from "./session_row.ts";
import type { Group, ListRow } from "./session_row.ts";

/** The figures of a tree of sub-agents. */
interface Tree {
  agents: number;
  readonly asks: Map<string, number>;
  readonly known: Set<string>;
}

/** The rows of the list: takes over what the server rendered. */
export class SessionRows {
  private readonly root: HTMLElement;
  private readonly template: HTMLTemplateElement | null;
  private readonly rows = new Map<string, HTMLElement>();
  private readonly sessions = new Map<string, SessionSummary>();
  private readonly trees = new Map<string, Tree>();
  private readonly family: FamilyTree;
  private readonly labels: RowLabels;
  private readonly sinceMs: number;

  constructor(root: HTMLElement, complain: (words: string) => void) {
    this.root = root;
    this.template = root.querySelector("template");
    this.family = new FamilyTree(complain);
    this.labels = new RowLabels(complain);
    this.sinceMs = Number(root.dataset["nowMs"]);
    for (const row of root.querySelectorAll<HTMLElement>("li[data-session]")) {
      const id = row.dataset["session"] ?? "";
      this.rows.set(id, row);
      this.tree(id).agents = Number(row.dataset["agents"]);
    }
    root.addEventListener("click", (event) => this.click(event));
  }

  get areActive(): boolean {
    return this.root.querySelector("[data-group=active] li") !== null;
  }

  /**
   * Show what has changed; `adopts` rows that were not here. Returns whether there were
   * such, or one whose place may be another now.
   */
  update(summaries: SessionSummary[], adopts: boolean): boolean {
    let strangers = false;
    // The latest change comes first; inserted at the top, it must come last.
    for (const summary of summaries.toReversed()) {
      this.count(summary);
      if (summary.parent !== null) this.family.update(summary);
      else if (this.rows.has(summary.id) || (adopts && !summary.isArchived)) this.set(summary);
      strangers ||= summary.parent === null;
      this.place(summary.root);
    }
    return strangers;
  }

  /** Show these rows and no others, in their order; those that are here stay what they are. */
  show(rows: ListRow[]): void {
    const wanted = new Set(rows.map((row) => row.session.id));
    for (const id of [...this.rows.keys()]) if (!wanted.has(id)) this.drop(id);
    const next = new Map<Group, Element | null>();
    for (const row of rows) {
      const element = this.rows.get(row.session.id) ?? this.newRow(row.session.id);
      const list = this.list(row.group);
      if (!element || !list) continue;
      this.fill(element, row);
      const at = next.has(row.group) ? (next.get(row.group) ?? null) : list.firstElementChild;
      if (element !== at) keepFocus(element, () => list.insertBefore(element, at));
      next.set(row.group, element.nextElementSibling);
    }
  }

  /** Show these below what is shown. */
  add(rows: ListRow[]): void {
    for (const row of rows) {
      const element = this.rows.get(row.session.id) ?? this.newRow(row.session.id);
      if (!element) continue;
      this.fill(element, row);
      this.list(row.group)?.append(element);
    }
  }

  /** Bring what is shown up to date, where it stands. */
  refresh(rows: ListRow[]): void {
    for (const row of rows) {
      const element = this.rows.get(row.session.id);
      if (element) this.fill(element, row);
    }
  }

  tick(now: number): void {
    for (const time of this.root.querySelectorAll<HTMLElement>("time[data-ms]")) {
      setText(time, ago(Number(time.dataset["ms"]), now));
    }
  }

  /** Move the focus along the rows. */
  step(by: number): void {
    const links = [...this.root.querySelectorAll<HTMLElement>(".row-title")];
    const row = document.activeElement?.closest("li");
    const at = links.findIndex((link) => row?.contains(link));
    const to = at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by));
    links[to]?.focus();
  }

  private click(event: MouseEvent): void {
    const button = (event.target as Element).closest<HTMLElement>("[data-act]");
    const row = button?.closest<HTMLElement>("li[data-session]");
    if (!button || !row) return;
    const id = row.dataset["session"] ?? "";
    if (button.dataset["act"] === "family") void this.family.toggle(row, id, button);
    if (button.dataset["act"] === "labels") this.labels.toggle(row, id, button, this.isArchived(id));
  }

  private isArchived(id: string): boolean {
    return this.sessions.get(id)?.isArchived ?? location.search.includes("archived=yes");
  }

  private fill(element: HTMLElement, row: ListRow): void {
    const { session, agents, asks, sparkline } = row;
    const tree = this.tree(session.id);
    tree.agents = agents;
    this.sessions.set(session.id, session);
    fillRow(element, session);
    fillTree(element, agents, asks);
    drawLine(element, sparkline);
  }

  private set(summary: SessionSummary): void {
    const known = this.sessions.get(summary.id);
    const row = this.rows.get(summary.id) ?? this.newRow(summary.id);
    this.sessions.set(summary.id, summary);
    if (!row) return;
    fillRow(row, summary);
    if (known && known.isArchived !== summary.isArchived) this.drop(summary.id);
    else if (!row.isConnected) this.list(groupOf(summary.status, summary.asks))?.prepend(row);
  }

  private drop(id: string): void {
    this.rows.get(id)?.remove();
    this.rows.delete(id);
  }

  private count(summary: SessionSummary): void {
    const tree = this.tree(summary.root);
    if (summary.asks > 0) tree.asks.set(summary.id, summary.asks);
    else tree.asks.delete(summary.id);
    if (summary.parent === null || tree.known.has(summary.id)) return;
    tree.known.add(summary.id);
    // The server counted those that existed when the page was rendered.
    if (summary.createdMs > this.sinceMs) tree.agents += 1;
  }

  private place(id: string): void {
    const row = this.rows.get(id);
    if (!row) return;
    const tree = this.tree(id);
    const asks = [...tree.asks.values()].reduce((sum, each) => sum + each, 0);
    fillTree(row, tree.agents, asks);
    const session = this.sessions.get(id);
    if (!session) return;
    const list = this.list(groupOf(session.status, asks));
    if (list && row.isConnected && row.parentElement !== list) keepFocus(row, () => list.prepend(row));
  }

  private newRow(id: string): HTMLElement | null {
    const copy = this.template?.content.firstElementChild?.cloneNode(true);
    if (!(copy instanceof HTMLElement)) return null;
    copy.dataset["session"] = id;
    this.rows.set(id, copy);
    return copy;
  }

  private list(group: Group): Element | null {
    return this.root.querySelector(`[data-group="${group}"] > ul`);
  }

  private tree(id: string): Tree {
    const known = this.trees.get(id);
    if (known) return known;
    const made: Tree = { agents: 0, asks: new Map(), known: new Set() };
    this.trees.set(id, made);
    return made;
  }
}

/** Move a row and restore its focus, which moving an element removes. */
export function keepFocus(row: HTMLElement, move: () => void): void {
  const focused = row.contains(document.activeElement) ? document.activeElement : null;
  move();
  if (focused instanceof HTMLElement) focused.focus();
}
