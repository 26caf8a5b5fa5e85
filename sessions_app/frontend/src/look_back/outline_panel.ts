import { clock } from "../view/format.ts";
import type { Row, ToolRow } from "../model/row.ts";
import { Outline, firstWords } from "../model/navigation/outline.ts";
import type { Heading, HeadingKind } from "../model/navigation/outline.ts";
import { versionOf } from "../model/navigation/place.ts";
import { spellOutProse } from "../text/spelled.ts";
import { h, setText } from "../view/h.ts";
import { stateOf } from "../view/tool/tool_state.ts";
import { Ledger, listed } from "../view/ledger.ts";
import type { LedgerLine } from "../view/ledger.ts";
import type { LookBackHost } from "./host.ts";

const WIDE = "(min-width: 60rem)"; // px; wider screens show it beside the timeline
const APART_MS = 1_000; // ms between updates while the session runs
const KINDS: Record<HeadingKind, string> = {
  message: "Message",
  said: "",
  agent: "Sub-agent",
  error: "Error",
  approval: "Approval",
  edit: "Edit",
};

interface HeadingLine extends LedgerLine {
  readonly heading: Heading;
}

/** The outline of a session: beside the timeline, on narrow screens a sheet over it. */
export class OutlinePanel {
  readonly element: HTMLDialogElement;
  private readonly host: LookBackHost;
  private readonly ledger: Ledger<HeadingLine>;
  private readonly state = h("span", { class: "panel-state", role: "status" });
  private outline: Outline | null = null;
  private version = -1;
  private madeMs = 0;
  private timer = 0;

  constructor(host: LookBackHost) {
    this.host = host;
    this.ledger = new Ledger<HeadingLine>({
      label: "Outline",
      draw: ({ heading }, element) => this.draw(heading, element),
      choose: ({ heading }) => this.choose(heading),
    });
    const close = h("button", { type: "button", class: "icon", "aria-label": "Close the outline" }, "×");
    close.addEventListener("click", () => this.close());
    const head = h("div", { class: "panel-head" }, h("h2", {}, "Outline"), this.state, close);
    this.element = h("dialog", { class: "panel outline", "aria-label": "Outline" }, head, this.ledger.element);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.close();
    });
    this.element.addEventListener("click", ({ target }) => {
      if (target === this.element) this.close(); // a click outside the panel
    });
    host.stage.append(this.element);
  }

  toggle(): void {
    if (this.element.open) this.close();
    else void this.open();
  }

  /** Update the marked line after the visible rows have changed. */
  painted(): void {
    if (!this.element.open || !this.outline) return;
    this.host.readFamily();
    const version = versionOf(this.host.model, this.host.session);
    if (version === this.version) return this.ledger.move(this.here());
    const waitMs = this.madeMs + APART_MS - performance.now();
    if (waitMs <= 0) return this.make();
    this.timer ||= window.setTimeout(() => {
      this.timer = 0;
      this.host.repaint();
    }, waitMs);
  }

  private async open(): Promise<void> {
    const isBeside = matchMedia(WIDE).matches;
    if (isBeside) this.element.show();
    else this.element.showModal();
    this.host.main.classList.toggle("outlined", isBeside);
    this.ledger.element.focus();
    setText(this.state, "reading");
    await this.host.readAll();
    this.make();
    this.ledger.begin();
  }

  private close(): void {
    this.element.close();
    this.host.main.classList.remove("outlined");
    this.host.leave();
  }

  private make(): void {
    const { model, session } = this.host;
    this.version = versionOf(model, session);
    this.madeMs = performance.now();
    this.outline = new Outline(model, session);
    const lines = this.outline.headings.map((heading) => ({
      heading,
      key: `${heading.place.session} ${heading.place.row.key}`,
      level: heading.depth + 1,
      isOpen: null,
    }));
    setText(this.state, lines.length === 0 ? "nothing yet" : "");
    this.ledger.show(listed(lines), this.here());
  }

  private here(): number {
    const read = this.host.reading();
    return read && this.outline ? this.outline.indexAt(read.session, read.row.key) : -1;
  }

  private choose({ place }: Heading): void {
    const isSheet = this.element.matches(":modal");
    if (isSheet) this.close();
    this.host.show(place);
  }

  private draw({ kind, depth, place }: Heading, element: HTMLElement): void {
    const { row } = place;
    element.dataset["kind"] = kind;
    const name = kind === "message" && depth > 0 ? "Task" : KINDS[kind];
    if (name) element.append(h("span", { class: "heading-kind" }, name), " ");
    const words = this.wordsOf(row);
    element.append(h("span", { class: "heading-words", dir: "auto" }, words));
    element.title = `${spellOutProse(words)}\n${clock(row.ts)}`;
  }

  private wordsOf(row: Row): string {
    switch (row.kind) {
      case "message":
      case "text":
        return firstWords(row.text);
      case "tool":
        return this.toolWords(row);
      case "notice":
        return row.event.type === "error" ? row.event.message : row.event.type;
      case "outcome":
        return row.event.status;
      default:
        return row.kind;
    }
  }

  private toolWords(row: ToolRow): string {
    if (row.child) return row.child.task;
    const state = row.ask && !row.result ? stateOf(row) : "";
    return [row.tool, this.host.titleOf(row), state].filter(Boolean).join(" ");
  }
}
