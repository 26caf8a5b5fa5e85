import { sendCommand } from "../link/command.ts";
import { Drafts } from "../browser/drafts.ts";
import type { Model } from "../model/model.ts";
import type { Row } from "../model/row.ts";
import { touch } from "../model/thread.ts";
import type { Highlighter } from "../paint/highlighter.ts";
import type { AnyCommand } from "../protocol.ts";
import type { RowUi, ViewContext } from "../view/view_context.ts";
import type { WorkerClient } from "../worker/client.ts";

/** What a page context needs of its page. */
export interface Page {
  /** True for a replay: its questions cannot be answered. */
  readonly isPast: boolean;
  now(): number;
  repaint(): void;
  watch(session: string): void;
  /** Keep the scroll position for a moment, even at the end. */
  keepPlace(): void;
}

/** Implements `ViewContext` for a session page or a replay. */
export class PageContext implements ViewContext {
  readonly model: Model;
  readonly canControl: boolean;
  readonly simulated: boolean;
  readonly highlighter: Highlighter;
  private readonly uis = new Map<string, RowUi>();
  private readonly page: Page;

  constructor(model: Model, root: HTMLElement, page: Page, highlighter: Highlighter) {
    this.model = model;
    this.highlighter = highlighter;
    this.canControl = !page.isPast && root.dataset["canControl"] === "true";
    this.simulated = root.dataset["simulated"] === "true";
    this.page = page;
  }

  get worker(): WorkerClient {
    return this.highlighter.worker;
  }

  now(): number {
    return this.page.now();
  }

  send(session: string, command: AnyCommand): Promise<string | null> {
    return sendCommand(session, command);
  }

  watch(session: string): void {
    this.page.watch(session);
  }

  ui(session: string, row: Row): RowUi {
    // Keyed by session and row: reading a log again creates new row objects.
    const name = `${session} ${row.key}`;
    const known = this.uis.get(name);
    if (known) return known;
    const ui = { toggles: new Map(), scrolls: new Map(), drafts: new Drafts(session, row.key), refusal: "" };
    this.uis.set(name, ui);
    return ui;
  }

  toggle(session: string, row: Row, part: string, open: boolean): void {
    this.ui(session, row).toggles.set(part, open);
    this.page.keepPlace();
    this.changed(session, row);
  }

  changed(session: string, row: Row): void {
    touch(this.model.thread(session), row);
    this.page.repaint();
  }
}
