import { clock, count, plural } from "../view/format.ts";
import type { FilesView } from "./files_view.ts";
import type { ReviewHost } from "./host.ts";
import { Ledger } from "../view/ledger.ts";
import { request } from "../link/request.ts";
import { isKnown } from "../protocol.ts";
import type { AnyEvent, ChangedPath, WorkdirChangesEvent } from "../protocol.ts";
import { h, setText } from "../view/h.ts";
import { BranchBar } from "../ship/branch_bar.ts";
import { Comments, endsAlike, isOutdated, isSameSpot, spotOf, spotOfFile, spotOfRange } from "./comments.ts";
import type { Comment, Spot } from "./comments.ts";
import { CommentTray } from "./comment_tray.ts";
import { drawLine } from "./draw_line.ts";
import { LineRange } from "./line_range.ts";
import { PatchReader } from "./patch_reader.ts";
import { ShipBar, draftOf } from "../ship/ship_bar.ts";
import { Sections } from "./sections.ts";
import type { ReviewLine, Section } from "./sections.ts";

const APART_MS = 500; // between looks for a newer comparison
const PASSING_MS = 80; // of rest until differences that come into sight are read
const LARGE_LINES = 3_000; // a file with more begins closed

/** The working directory compared with its base by git: all files, or those of one turn. */
export class BaseView implements FilesView {
  readonly element: HTMLElement;
  private readonly host: ReviewHost;
  private readonly tell: (words: string) => void;
  private readonly reader: PatchReader;
  private readonly ledger: Ledger<ReviewLine>;
  private readonly span = h("select", { "aria-label": "Changes of" });
  private readonly note = h("p", { class: "review-note", hidden: "" });
  private readonly range: LineRange;
  private readonly comments: Comments;
  private readonly tray: CommentTray;
  private readonly ship: ShipBar;
  private readonly branch: BranchBar;
  private readonly reading = new Set<Section>();
  private readonly chosen = new Set<string>(); // paths, for the next commit
  private sections = new Sections([]);
  private first: WorkdirChangesEvent | null = null; // the last one when the pane was opened
  private shown: WorkdirChangesEvent | null = null;
  private chosenSeq = 0; // of a turn; 0: the whole session
  private timer = 0;
  private passing = 0; // timer; 0: differences in sight are read at once

  constructor(host: ReviewHost, tell: (words: string) => void) {
    this.host = host;
    this.tell = tell;
    this.reader = new PatchReader(host.session, host.highlighter.worker);
    this.ledger = new Ledger<ReviewLine>({
      label: "Differences from the base",
      draw: (line, element) => this.draw(line, element),
      choose: () => {},
      unfold: ({ section }, isOpen) => this.unfold([section], isOpen),
    });
    this.range = new LineRange(this.ledger);
    this.span.addEventListener("change", () => this.choose(Number(this.span.value)));
    const fold = h("button", { type: "button", class: "tab" }, "Fold all");
    fold.addEventListener("click", () => this.foldAll());
    this.ship = new ShipBar(host.session, host.title);
    this.branch = new BranchBar({
      session: host.session,
      title: host.title,
      canControl: host.canControl,
      draft: () => draftOf(host.title, this.last?.files ?? []),
      leave: () => this.focus(),
      begun: () => this.ship.hush(),
    });
    const acts = host.canControl ? this.ship.buttons : [];
    const bar = h("div", { class: "review-bar" }, this.span, fold, ...acts);
    this.comments = new Comments(host.session);
    this.tray = new CommentTray({
      session: host.session,
      comments: this.comments,
      isOutdated: (comment) => this.isOutdated(comment),
      reveal: (comment) => this.reveal(comment),
      changed: () => this.update(this.sections.all),
      leave: () => this.focus(),
    });
    const above = [bar, this.branch.line, this.note];
    const below = [this.tray.element, this.ship.element, this.branch.element];
    const parts = [...above, this.ledger.element, ...below];
    this.element = h("div", { class: "review", hidden: "" }, ...parts);
    this.ledger.element.addEventListener("keydown", (event) => this.press(event), { capture: true });
    this.ledger.element.addEventListener("click", (event) => this.pressed(event), { capture: true });
  }

  /** What there is to show: something; nothing; or git has not compared the directory. */
  async content(): Promise<"something" | "nothing" | "uncompared"> {
    if (this.last === null) {
      const path = `/sessions/${encodeURIComponent(this.host.session)}/changes`;
      const { value } = await request<{ last: AnyEvent | null }>("GET", path);
      const last = value?.last;
      if (last && last.type === "workdir_changes" && isKnown(last)) this.first = last;
    }
    if (this.last === null) return "uncompared";
    const isEmpty = (this.last.files ?? []).length === 0 && this.comments.all.length === 0;
    return isEmpty ? "nothing" : "something";
  }

  show(): void {
    this.shown = null;
    this.look();
  }

  hide(): void {
    clearTimeout(this.timer);
  }

  focus(): void {
    this.ledger.element.focus();
  }

  private get last(): WorkdirChangesEvent | null {
    return this.changes.at(-1) ?? this.first;
  }

  private get changes(): readonly WorkdirChangesEvent[] {
    return this.host.model.thread(this.host.session).changes;
  }

  private look(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.look(), APART_MS);
    const wanted = this.changes.find(({ seq }) => seq === this.chosenSeq) ?? this.last;
    this.offer();
    const thread = this.host.model.thread(this.host.session);
    this.ship.look(thread);
    this.branch.look(thread);
    if (wanted === null) return this.tell("Git has not compared this directory");
    if (wanted === this.shown) return;
    this.shown = wanted;
    this.ship.show(this.chosenSeq ? null : wanted);
    this.branch.show(this.chosenSeq ? null : wanted);
    this.choices();
    this.list(this.chosenSeq ? turnOf(wanted) : (wanted.files ?? []));
    setText(this.note, wanted.note ?? "");
    this.note.hidden = !wanted.note;
  }

  /** Show files; those that are as they were keep what was read of them. */
  private list(files: readonly ChangedPath[]): void {
    const known = new Map(this.sections.all.map((section) => [section.file.path, section]));
    const sections = files.map((file) => {
      const old = known.get(file.path);
      const isSame = old && old.file.outputId === file.outputId && old.file.offset === file.offset;
      if (isSame) return old;
      const isOpen = old?.isOpen ?? (file.lines ?? 0) <= LARGE_LINES;
      return { file, isOpen, lines: null, problem: "" };
    });
    this.update(sections);
    this.say(files);
  }

  private say(files: readonly ChangedPath[]): void {
    const { shown, chosenSeq } = this;
    const whole = shown && !chosenSeq ? shown : null;
    const sum = (of: "added" | "removed"): number => files.reduce((total, file) => total + (file[of] ?? 0), 0);
    const changed = whole?.changed ?? files.length;
    if (changed === 0) return this.tell("Nothing differs from the base");
    const figures = `+${count(whole?.added ?? sum("added"))} −${count(whole?.removed ?? sum("removed"))}`;
    const more = changed - files.length;
    const words = [plural(changed, "file"), figures, more > 0 ? `${count(more)} not listed` : ""];
    this.tell(words.filter(Boolean).join(" · "));
  }

  /** Offer the turns that were read. */
  private offer(): void {
    const turns = this.changes.filter((event) => turnOf(event).length > 0);
    if (turns.length === this.span.options.length - 1) return;
    const whole = h("option", { value: "0" }, "Whole session");
    const each = turns.map((event, i) => {
      const words = `Step ${i + 1} · ${clock(event.ts)} · ${plural(turnOf(event).length, "file")}`;
      return h("option", { value: `${event.seq}` }, words);
    });
    this.span.replaceChildren(whole, ...each.reverse());
    this.span.value = `${this.chosenSeq}`;
  }

  private choose(seq: number): void {
    this.chosenSeq = seq;
    this.shown = null;
    this.look();
  }

  private update(sections: readonly Section[]): void {
    this.sections = new Sections(sections);
    this.ledger.show(this.sections, -1);
    this.tray.update();
  }

  private unfold(sections: readonly Section[], isOpen: boolean): void {
    for (const section of sections) section.isOpen = isOpen;
    this.update(this.sections.all);
  }

  private foldAll(): void {
    const isAnyOpen = this.sections.all.some(({ isOpen }) => isOpen);
    this.unfold(this.sections.all, !isAnyOpen);
  }

  private draw(line: ReviewLine, element: HTMLElement): void {
    drawLine(line, element, this.host.highlighter);
    if (line.kind === "unread") this.want(line.section);
    element.classList.toggle("in-range", this.range.has(Number(element.dataset["at"])));
    const spot = spotAt(line);
    if (!spot) return;
    const has = this.comments.all.some((comment) => endsAlike(comment, spot));
    element.classList.toggle("commented", has);
    if (this.host.canControl && line.kind === "file" && !this.chosenSeq) {
      const isChosen = this.chosen.has(line.section.file.path);
      element.append(
        h("button", { type: "button", class: "tab choose-here", tabindex: "-1", "aria-pressed": `${isChosen}` }, isChosen ? "✓ Chosen" : "Choose"),
        h("button", { type: "button", class: "tab discard-here", tabindex: "-1" }, "Discard…"),
      );
    }
    if (this.host.canControl) {
      const words = has ? "Edit the comment" : "Comment";
      element.prepend(h("button", { type: "button", class: "comment-here", tabindex: "-1", "aria-label": words }, "+"));
    }
  }

  /** Choose a file for the next commit, or take it back. */
  private choosePath(path: string): void {
    if (!this.chosen.delete(path)) this.chosen.add(path);
    this.choices();
    this.update(this.sections.all);
  }

  /** Tell which of the chosen files still differ. */
  private choices(): void {
    const files = (this.last?.files ?? []).filter(({ path }) => this.chosen.has(path));
    this.ship.choose(files);
  }

  /** Comment on a line, or edit the comment that stands there. */
  private comment(at: number): void {
    const line = this.sections.at(at);
    const chosen = this.range.has(at) ? this.range.lines(this.sections) : null;
    const spot = chosen ? spotOfRange(chosen.section.file, chosen.lines) : line ? spotAt(line) : null;
    this.range.end();
    if (!spot || !this.host.canControl) return;
    const same = chosen ? isSameSpot : endsAlike;
    const there = this.comments.all.find((comment) => same(comment, spot)) ?? null;
    this.tray.write(there?.from === undefined ? spot : there, there);
  }

  private pressed(event: MouseEvent): void {
    const { target } = event;
    if (!(target instanceof Element)) return;
    const button = target.closest(".comment-here, .choose-here, .discard-here");
    const at = Number(target.closest<HTMLElement>(".ledger-line")?.dataset["at"] ?? -1);
    if (!button && event.shiftKey && at >= 0) {
      event.stopPropagation();
      return this.range.reach(at);
    }
    if (!button) return this.range.end();
    event.stopPropagation();
    const line = this.sections.at(at);
    if (button.matches(".comment-here")) this.comment(at);
    else if (line && button.matches(".choose-here")) this.choosePath(line.section.file.path);
    else if (line) this.ship.ask([line.section.file]);
  }

  private isOutdated(comment: Comment): boolean {
    // A step's own comparison says nothing of the files that it lacks.
    const files = this.last?.files ?? [];
    const section = this.sections.all.find(({ file }) => file.path === comment.path);
    const file = files.find(({ path }) => path === comment.path);
    return isOutdated(comment, file, section?.file.blob === file?.blob ? (section?.lines ?? null) : null);
  }

  private reveal(comment: Comment): void {
    const section = this.sections.all.find(({ file }) => file.path === comment.path);
    if (!section) return;
    section.isOpen = true;
    this.update(this.sections.all);
    const start = this.sections.find(comment.path);
    const offset = section.lines?.findIndex((line) => {
      const spot = spotOf(section.file, line);
      return spot !== null && endsAlike(spot, comment);
    });
    this.ledger.reach(offset === undefined || offset < 0 ? start : start + 1 + offset, true);
  }

  /** Read a difference at once, or when the scrolling rests: what is passed by is not read. */
  private want(section: Section): void {
    if (this.passing === 0) void this.read(section);
    clearTimeout(this.passing);
    this.passing = window.setTimeout(() => {
      this.passing = 0;
      for (const { dataset } of this.ledger.element.querySelectorAll<HTMLElement>('[data-kind="unread"]')) {
        const line = this.sections.at(Number(dataset["at"]));
        if (line?.kind === "unread") void this.read(line.section);
      }
    }, PASSING_MS);
  }

  private async read(section: Section): Promise<void> {
    if (this.reading.has(section)) return;
    this.reading.add(section);
    const { lines, problem } = await this.reader.read(section.file);
    section.lines = lines;
    section.problem = problem;
    this.reading.delete(section);
    this.update(this.sections.all);
  }

  /** Shift and an arrow: several lines; c: comment; x: choose the file; j and k: next and previous hunk; J and K: file. */
  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.range.press(event)) {
      event.preventDefault();
      return event.stopPropagation();
    }
    if (event.key === "c" && this.host.canControl) {
      event.preventDefault();
      event.stopPropagation();
      return this.comment(this.ledger.at);
    }
    const here = this.sections.at(this.ledger.at);
    if (event.key === "x" && this.host.canControl && !this.chosenSeq && here) {
      event.preventDefault();
      event.stopPropagation();
      return this.choosePath(here.section.file.path);
    }
    const to = this.destination(event.key);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (to >= 0) this.ledger.reach(to, true);
  }

  private destination(key: string): number | null {
    const { sections, ledger } = this;
    const here = sections.indexOf(ledger.at);
    if (key === "j") return sections.hunk(ledger.at, 1);
    if (key === "k") return sections.hunk(ledger.at, -1);
    if (key === "J") return here + 1 < sections.all.length ? sections.startOf(here + 1) : -1;
    if (key !== "K") return null;
    const start = sections.startOf(here);
    return ledger.at > start ? start : here > 0 ? sections.startOf(here - 1) : -1;
  }
}

function spotAt(line: ReviewLine): Spot | null {
  if (line.kind === "file") return spotOfFile(line.section.file);
  return line.kind === "diff" ? spotOf(line.section.file, line.line) : null;
}

function turnOf(event: WorkdirChangesEvent): readonly ChangedPath[] {
  return event.turnFiles ?? event.files ?? [];
}
