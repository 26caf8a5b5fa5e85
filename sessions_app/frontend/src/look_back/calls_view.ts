import { clock, count, plural } from "../view/format.ts";
import { changedFiles } from "../model/navigation/changed_files.ts";
import type { ChangedFile, Edit } from "../model/navigation/changed_files.ts";
import { placesOf, versionOf } from "../model/navigation/place.ts";
import { spellOut } from "../text/spelled.ts";
import { h } from "../view/h.ts";
import type { DiffLine, LineCount } from "../worker/diff.ts";
import { figureOfFile, keyOf, linesOf, sum } from "./file_lines.ts";
import type { Figure, FileLine } from "./file_lines.ts";
import type { FilesView } from "../review/files_view.ts";
import type { LookBackHost } from "./host.ts";
import { Ledger, listed } from "../view/ledger.ts";

const APART_MS = 1_000; // ms between updates of the list while the session runs
const READING_MS = 200; // ms between checks while the log is still being read
const PAIRS_MAX = 50; // edits counted by one request to the worker
const PAIR_CHARS_MAX = 400_000; // characters in one request, so that the worker answers in time
const SIGNS = { same: " ", in: "+", out: "−", gap: "⋯" } as const;

/** The files that the calls of a session and its sub-agents have changed, call by call. */
export class CallsView implements FilesView {
  readonly element: HTMLElement;
  private readonly host: LookBackHost;
  private readonly tellState: (words: string) => void;
  private readonly ledger: Ledger<FileLine>;
  private readonly known = {
    open: new Set<string>(), // paths
    counts: new Map<string, LineCount>(),
    diffs: new Map<string, readonly DiffLine[]>(),
  };
  private readonly asked = new Set<string>(); // diffs
  private files: readonly ChangedFile[] = [];
  private isShown = false;
  private isWhole = false;
  private isCounting = false;
  private version = -1;
  private timer = 0;

  constructor(host: LookBackHost, tellState: (words: string) => void) {
    this.host = host;
    this.tellState = tellState;
    this.ledger = new Ledger<FileLine>({
      label: "Files changed",
      draw: (line, element) => this.draw(line, element),
      choose: (line) => this.choose(line),
      unfold: (line, isOpen) => this.unfold(line, isOpen),
    });
    this.element = this.ledger.element;
  }

  /** Whether a call has changed a file, as far as the log was read. */
  get hasFiles(): boolean {
    return this.read().length > 0;
  }

  show(): void {
    this.isShown = true;
    this.version = -1;
    this.look();
  }

  hide(): void {
    this.isShown = false;
    clearTimeout(this.timer);
  }

  focus(): void {
    this.element.focus();
  }

  /** Read more of the log and update the list, until everything is read. */
  private look(): void {
    clearTimeout(this.timer);
    if (!this.isShown) return;
    const { model, session } = this.host;
    this.isWhole = this.host.readFamily();
    this.timer = window.setTimeout(() => this.look(), this.isWhole ? APART_MS : READING_MS);
    const version = versionOf(model, session);
    if (version !== this.version) {
      this.version = version;
      this.files = this.read();
      this.list();
      void this.count();
    }
    this.tell();
  }

  private read(): ChangedFile[] {
    const { model, session } = this.host;
    return changedFiles(placesOf(model, session), (id) => model.thread(id));
  }

  private list(): void {
    this.ledger.show(listed(linesOf(this.files, this.known)), -1);
    this.tell();
  }

  private tell(): void {
    const { files, known, isWhole } = this;
    if (files.length === 0) return this.tellState(isWhole ? "None" : "Reading");
    const edits = files.reduce((total, file) => total + file.edits.length, 0);
    const { ins, outs } = sum(files.map((file) => figureOfFile(file, known)));
    const words = [plural(files.length, "file"), plural(edits, "edit"), `+${count(ins)} −${count(outs)}`];
    this.tellState([...words, ...(isWhole ? [] : ["reading on"])].join(" · "));
  }

  /** Count the lines of all edits, a few at a time. */
  private async count(): Promise<void> {
    if (this.isCounting) return;
    this.isCounting = true;
    for (let edits = this.uncounted(); edits.length > 0; edits = this.uncounted()) {
      const pairs = edits.map(({ before, after }) => ({ before, after }));
      const found = await this.host.highlighter.worker.ask({ kind: "count", pairs });
      // Too large for the worker: count all old lines as removed, all new ones as added.
      edits.forEach((edit, i) => this.known.counts.set(keyOf(edit), found?.[i] ?? guess(edit)));
      this.list();
    }
    this.isCounting = false;
  }

  private uncounted(): Edit[] {
    const all = this.files.flatMap(({ edits }) => edits.filter((edit) => !this.known.counts.has(keyOf(edit))));
    let chars = 0;
    return all.slice(0, PAIRS_MAX).filter(({ before, after }, i) => {
      chars += before.length + after.length;
      return i === 0 || chars <= PAIR_CHARS_MAX;
    });
  }

  private unfold(line: FileLine, isOpen: boolean): void {
    if (line.kind !== "file") return;
    if (isOpen) this.known.open.add(line.file.path);
    else this.known.open.delete(line.file.path);
    this.list();
  }

  private choose(line: FileLine): void {
    if (line.kind === "file") return;
    this.host.show(line.edit);
  }

  private draw(line: FileLine, element: HTMLElement): void {
    element.dataset["kind"] = line.kind;
    switch (line.kind) {
      case "file":
        return drawFile(line.file, line.figure, element);
      case "edit":
        return this.drawEdit(line.edit, line.figure, element);
      case "diff":
        return this.drawDiff(line, element);
      case "waiting":
        element.append("…");
        void this.ask(line.edit);
    }
  }

  private drawEdit(edit: Edit, figure: Figure, element: HTMLElement): void {
    const { row, session, times, isCut } = edit;
    const spawner = session === this.host.session ? null : this.host.model.spawner(session);
    const by = spawner?.row.child?.task;
    const where = times > 1 ? `in ${plural(times, "place")}` : "";
    const edited = row.answer?.input ? "edited by a person" : "";
    const cut = isCut ? "too large, so this is a part" : "";
    const words = [row.tool, clock(row.startTs || row.ts), where, edited, cut, by ? `agent: ${by}` : ""];
    element.append(
      h("span", { class: "edit-words" }, words.filter(Boolean).join(" · ")),
      figures(figure),
      h("span", { class: "edit-link" }, "show in the timeline"),
    );
  }

  private drawDiff({ edit, line }: FileLine & { kind: "diff" }, element: HTMLElement): void {
    const { kind, text, before, after, marks } = line;
    element.dataset["diff"] = kind;
    const code = h("span", { class: "diff-text" }, text);
    // The position of a replaced text within its file is unknown.
    const numbers = edit.isWhole ? [before, after] : [];
    for (const number of numbers) element.append(h("span", { class: "diff-number" }, `${number ?? ""}`));
    element.append(h("span", { class: "diff-sign" }, SIGNS[kind]), code);
    if (marks.length > 0) this.host.highlighter.marks(code, marks);
  }

  private async ask(edit: Edit): Promise<void> {
    const key = keyOf(edit);
    if (this.asked.has(key)) return;
    this.asked.add(key);
    const { before, after } = edit;
    const lines = await this.host.highlighter.worker.ask({ kind: "diff", before, after });
    this.known.diffs.set(key, lines ?? []);
    this.list();
  }
}

function drawFile({ path, edits }: ChangedFile, figure: Figure, element: HTMLElement): void {
  element.append(
    h("span", { class: "file-path" }, spellOut(path)),
    h("span", { class: "edit-words" }, plural(edits.length, "edit")),
    figures(figure),
  );
}

function figures({ ins, outs, isLeast }: Figure): HTMLElement {
  const least = isLeast ? "at least " : "";
  const came = h("span", { class: "added" }, `+${count(ins)}`);
  const went = h("span", { class: "removed" }, `−${count(outs)}`);
  return h("span", { class: "figures" }, least, came, " ", went);
}

function guess({ before, after }: Edit): LineCount {
  const lines = (text: string): number => (text === "" ? 0 : text.replace(/\n$/, "").split("\n").length);
  return { ins: lines(after), outs: lines(before) };
}
