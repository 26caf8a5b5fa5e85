import type { Thread } from "../model/thread.ts";
import type { AnyCommand, ChangedPath, WorkdirChangesEvent } from "../protocol.ts";
import { spellOut } from "../text/spelled.ts";
import { plural } from "../view/format.ts";
import { h, setText } from "../view/h.ts";
import { Errand } from "./errand.ts";

/** Commits what is shown, or puts files back; each is a command to the session's runner. */
export class ShipBar {
  readonly element: HTMLElement;
  private readonly errand: Errand;
  private readonly title: string;
  private readonly field = h("textarea", { rows: "4", dir: "auto" });
  private readonly form: HTMLFormElement;
  private readonly commit = h("button", { type: "button", class: "tab" }, "Commit…");
  private readonly discard = h("button", { type: "button", class: "tab" }, "Discard all…");
  private readonly undo = h("button", { type: "button", class: "button", hidden: "" }, "Undo");
  private readonly sure = h("button", { type: "button", class: "button danger", hidden: "" }, "Discard all");
  private readonly state = h("p", { class: "comments-state", role: "status" });
  private readonly foot: HTMLElement;
  private readonly save = h("button", { type: "submit", class: "button primary" }, "Commit all");
  /** The draft that stands in the field as it was made; a person's own words are kept. */
  private draft = "";
  private chosen: readonly ChangedPath[] = [];
  private shown: WorkdirChangesEvent | null = null;
  private undoing: AnyCommand | null = null;
  private sureOf: readonly string[] = [];

  constructor(session: string, title: string) {
    this.errand = new Errand(session);
    this.title = title;
    const cancel = h("button", { type: "button", class: "button" }, "Not now");
    cancel.addEventListener("click", () => this.close());
    const label = h("label", {}, "Message of the commit", this.field);
    const acts = h("div", { class: "comment-acts" }, cancel, this.save);
    this.form = h("form", { class: "comment-form", hidden: "" }, label, acts);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.commitAll();
    });
    this.commit.addEventListener("click", () => this.open());
    this.discard.addEventListener("click", () => this.ask([]));
    this.sure.addEventListener("click", () => void this.restore());
    this.undo.addEventListener("click", () => void this.takeBack());
    this.foot = h("div", { class: "comments-foot", hidden: "" }, this.state, this.sure, this.undo);
    this.element = h("section", { class: "ship", "aria-label": "Commit" }, this.form, this.foot);
  }

  /** The buttons for the bar above the files. */
  get buttons(): readonly HTMLElement[] {
    return [this.discard, this.commit];
  }

  /** What is shown now; the commands are about this state. */
  show(event: WorkdirChangesEvent | null): void {
    this.shown = event;
    const isClean = !event?.changed;
    this.commit.hidden = isClean;
    this.discard.hidden = isClean;
  }

  /** Commit these files alone; none: all. */
  choose(files: readonly ChangedPath[]): void {
    this.chosen = files;
    const words = files.length ? `Commit ${plural(files.length, "file")}` : "Commit";
    setText(this.commit, `${words}…`);
    setText(this.save, files.length ? words : "Commit all");
    if (!this.form.hidden) this.fill();
  }

  /** Take back what was said of an earlier act. */
  hush(): void {
    this.foot.hidden = true;
  }

  /** See whether the log has the outcome of what was asked. */
  look(thread: Thread): void {
    const outcome = this.errand.outcome(thread);
    if (outcome?.type === "error") this.say(outcome.message.replace(/^\w+: /, ""));
    if (outcome?.type === "changes_committed") this.say(`Committed as ${outcome.commit.slice(0, 10)}.`);
  }

  /** Ask whether these files shall be as they were; none: all files. */
  ask(files: readonly ChangedPath[]): void {
    this.sureOf = namesOf(files);
    const [one] = files;
    const what = one ? spellOut(one.path) : "all changes";
    this.say(`Discard ${what}?`);
    setText(this.sure, one ? "Discard it" : "Discard all");
    this.sure.hidden = false;
    this.sure.focus();
  }

  private open(): void {
    this.fill();
    this.form.hidden = false;
    this.field.focus();
  }

  private fill(): void {
    if (this.field.value !== this.draft) return;
    const files = this.chosen.length ? this.chosen : (this.shown?.files ?? []);
    this.field.value = this.draft = draftOf(this.title, files);
  }

  private close(): void {
    this.form.hidden = true;
  }

  private async commitAll(): Promise<void> {
    const message = this.field.value.trim();
    if (!this.shown || message === "") return this.say("A commit needs a message.");
    const sent = await this.send({ type: "commit_changes", message, tree: this.shown.tree, paths: namesOf(this.chosen) }, "Committing…");
    if (!sent) return;
    this.field.value = this.draft = "";
    this.close();
  }

  private async restore(): Promise<void> {
    const { shown, sureOf } = this;
    if (!shown) return;
    const command: AnyCommand = { type: "restore_files", source: shown.base, tree: shown.tree, paths: [...sureOf] };
    if (!(await this.send(command, "Discarding"))) return;
    this.undoing = { type: "restore_files", source: shown.tree, tree: shown.base, paths: [...sureOf] };
    this.say("Discarded");
    this.undo.hidden = false;
  }

  private async takeBack(): Promise<void> {
    if (!this.undoing || !this.shown) return;
    // The state that is shown now, which the discarding has led to.
    const command = { ...this.undoing, tree: this.shown.tree } as AnyCommand;
    if (await this.send(command, "Undoing")) this.say("Put back");
  }

  private async send(command: AnyCommand, words: string): Promise<boolean> {
    this.say(words);
    const problem = await this.errand.give(command);
    if (problem !== null) this.say(problem);
    return problem === null;
  }

  private say(words: string): void {
    this.foot.hidden = false;
    this.sure.hidden = true;
    this.undo.hidden = true;
    setText(this.state, words);
  }
}

/** The names of files, of a renamed one both. */
export function namesOf(files: readonly ChangedPath[]): string[] {
  return files.flatMap(({ path, oldPath, status }) => (oldPath && status === "renamed" ? [path, oldPath] : [path]));
}

const NAMED_MAX = 10; // files that a draft names

/** A message to begin with: what the session is called, and which files it has changed. */
export function draftOf(title: string, files: readonly ChangedPath[]): string {
  const named = files.slice(0, NAMED_MAX).map(({ path, status = "modified" }) => `- ${path} (${status})`);
  const more = files.length > NAMED_MAX ? [`- ${plural(files.length - NAMED_MAX, "more file")}`] : [];
  return [title.trim() || "Changes of a session", "", ...named, ...more].join("\n");
}
