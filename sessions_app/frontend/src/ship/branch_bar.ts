import type { NoticeEvent } from "../model/row.ts";
import type { Thread } from "../model/thread.ts";
import type { MergeConflictedEvent, WorkdirChangesEvent } from "../protocol.ts";
import { spellOut } from "../text/spelled.ts";
import { h, setText } from "../view/h.ts";
import { formOf } from "./branch_form.ts";
import type { Form } from "./branch_form.ts";
import { conflictMessage, standing, whyNot } from "./branch_words.ts";
import type { Act } from "./branch_words.ts";
import { conflictView } from "./conflict_view.ts";
import { Errand } from "./errand.ts";

const NAMES: Readonly<Record<Act, string>> = {
  merge: "Merge…",
  rebase: "Rebase…",
  push: "Push…",
  request: "Pull request…",
};

/** What the bar needs of the view around it. */
export interface BranchHost {
  readonly session: string;
  readonly title: string;
  readonly canControl: boolean;
  /** A text to begin a pull request with. */
  draft(): string;
  leave(): void;
  /** Something else is asked now: what was said before is old. */
  begun(): void;
}

/** The session's branch beside the one it came from, and the ways back and out. */
export class BranchBar {
  /** The line above the files. */
  readonly line = h("div", { class: "branch-bar", hidden: "" });
  /** What an act asks and answers, below the files. */
  readonly element: HTMLElement;
  private readonly host: BranchHost;
  private readonly errand: Errand;
  private readonly words = h("span", { class: "branch-words" });
  private readonly buttons: ReadonlyMap<Act, HTMLButtonElement>;
  private readonly asking = h("form", { class: "comment-form", hidden: "" });
  private readonly said = h("div", { class: "ship-said", hidden: "" });
  private readonly state = h("p", { class: "comments-state", role: "status" });
  private readonly acts = h("div", { class: "ship-acts" });
  private readonly foot: HTMLElement;
  private shown: WorkdirChangesEvent | null = null;
  private form: Form | null = null;

  constructor(host: BranchHost) {
    this.host = host;
    this.errand = new Errand(host.session);
    const acts = Object.keys(NAMES) as Act[];
    this.buttons = new Map(acts.map((act) => [act, this.button(act)]));
    const buttons = h("div", { class: "branch-acts", role: "group", "aria-label": "Ship" }, ...this.buttons.values());
    this.line.append(this.words, ...(host.canControl ? [buttons] : []));
    this.foot = h("div", { class: "comments-foot", hidden: "" }, this.state, this.acts);
    this.element = h("section", { class: "ship", "aria-label": "Branch" }, this.asking, this.said, this.foot);
    this.asking.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
  }

  /** What the branch is now; null: nothing can be done with what is shown. */
  show(event: WorkdirChangesEvent | null): void {
    this.shown = event;
    const ship = event?.ship ?? null;
    const isNowhere = !ship || (!ship.onto && (ship.remotes ?? []).length === 0);
    this.line.hidden = isNowhere;
    if (!event || !ship || isNowhere) return;
    const words = spellOut(standing(event));
    setText(this.words, words);
    this.words.title = words;
    for (const [act, button] of this.buttons) {
      const why = whyNot(act, ship);
      button.setAttribute("aria-disabled", `${why !== ""}`);
      button.title = why;
    }
  }

  /** See whether the log has the outcome of what was asked. */
  look(thread: Thread): void {
    const outcome = this.errand.outcome(thread);
    if (outcome) this.tell(outcome);
  }

  private button(act: Act): HTMLButtonElement {
    const button = h("button", { type: "button", class: "tab" }, NAMES[act]);
    button.addEventListener("click", () => this.open(act));
    return button;
  }

  private open(act: Act): void {
    const { shown } = this;
    if (!shown?.ship) return;
    this.close();
    this.host.begun();
    const why = whyNot(act, shown.ship);
    if (why) return this.say(why);
    const form = formOf(act, { event: shown, title: this.host.title, draft: this.host.draft() });
    this.form = form;
    const submit = h("button", { type: "submit", class: "button primary" }, form.submit);
    const cancel = h("button", { type: "button", class: "button" }, "Not now");
    cancel.addEventListener("click", () => this.leave());
    this.asking.replaceChildren(...form.fields, h("div", { class: "comment-acts" }, cancel, submit));
    this.asking.hidden = false;
    (form.first ?? submit).focus();
  }

  private async submit(): Promise<void> {
    const commands = this.form?.commands() ?? [];
    if (typeof commands === "string") return this.say(commands);
    const working = this.form?.working ?? "";
    this.close();
    this.say(`${working}…`);
    const problem = await this.errand.give(...commands);
    if (problem !== null) this.say(problem);
  }

  private tell(event: NoticeEvent): void {
    switch (event.type) {
      case "branch_merged": {
        const where = event.directory ? `; its files in ${spellOut(event.directory)} have followed` : "";
        return this.say(`Merged into ${spellOut(event.onto)}${where}.`);
      }
      case "branch_rebased":
        return this.say(`Rebased on ${spellOut(event.onto)}.`);
      case "branch_pushed":
        return this.say(`Pushed to ${spellOut(event.remote)} as ${spellOut(event.name)}.`);
      case "pull_request_opened":
        return this.say("Opened:", link(event.url));
      case "merge_conflicted":
        return this.conflict(event);
      case "error":
        return this.say(event.message.replace(/^\w+: /, ""));
      default:
        return this.say("Done");
    }
  }

  private conflict(event: MergeConflictedEvent): void {
    this.close();
    this.said.replaceChildren(conflictView(event));
    this.said.hidden = false;
    const hand = h("button", { type: "button", class: "button primary" }, "Have the agent resolve it");
    hand.addEventListener("click", () => void this.handOver(event));
    const leave = h("button", { type: "button", class: "button" }, "Leave it");
    leave.addEventListener("click", () => this.leave());
    this.say("", leave, hand);
    hand.focus();
  }

  private async handOver(event: MergeConflictedEvent): Promise<void> {
    const problem = await new Errand(this.host.session).give({ type: "prompt", text: conflictMessage(event) });
    if (problem !== null) return this.say(problem);
    this.close();
    this.say("The agent has it: ask again when it rests.");
  }

  private leave(): void {
    this.close();
    this.host.leave();
  }

  private close(): void {
    this.form = null;
    this.asking.hidden = true;
    this.asking.replaceChildren();
    this.said.replaceChildren();
    this.said.hidden = true;
    this.foot.hidden = true;
  }

  private say(words: string, ...acts: readonly HTMLElement[]): void {
    setText(this.state, words);
    this.acts.replaceChildren(...acts);
    this.foot.hidden = false;
  }
}

function link(url: string): HTMLElement {
  const attributes = { href: url, target: "_blank", rel: "noopener noreferrer" };
  return /^https?:\/\//.test(url) ? h("a", attributes, spellOut(url)) : h("span", {}, spellOut(url));
}
