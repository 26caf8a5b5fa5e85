import { sparedAsks } from "../../model/navigation/spared_asks.ts";
import type { ToolRow } from "../../model/row.ts";
import type { AnyCommand, ApprovalOption, ApproveCommand, Question } from "../../protocol.ts";
import { spellOut } from "../../text/spelled.ts";
import { isComposing } from "../../browser/typing.ts";
import { h, setText } from "../h.ts";
import type { RowUi, ViewContext } from "../view_context.ts";
import { FormSlot } from "./form_slot.ts";
import { InputEditor } from "./input_editor.ts";
import { OptionButtons, allows } from "./option_buttons.ts";
import { planOf } from "./plan_part.ts";
import { ruleWords, sparedWords } from "./rule_words.ts";
import { presentationOf } from "../presentation/presentation.ts";
import { toolName } from "../presentation/tool_name.ts";

// Questions about no tool: the budget is spent, the agent repeats itself, or commands
// of a dead runner may still run. Only the first has an input worth editing.
const BUDGET = "budget";
const WHETHER_TO_GO_ON: ReadonlySet<string> = new Set(["loop", "takeover"]);
const WORDS = {
  tool: { approve: "Approve", edited: "Approve as edited", edit: "Edit", deny: "Deny" },
  budget: { approve: "Go on", edited: "Go on with this", edit: "Other amount", deny: "Stop" },
  goOn: { approve: "Go on", edited: "Go on", edit: "Edit", deny: "Stop" },
  plan: { approve: "Agree", edited: "Agree", edit: "Edit", deny: "Keep planning" },
  form: { approve: "Send answers", edited: "Send answers", edit: "Edit", deny: "Do not answer" },
} as const;
const WITHOUT_EDIT: ReadonlySet<object> = new Set([WORDS.plan, WORDS.form]);
const SHOW_FIRST = "Show all, then approve";

/** A part of the input that is not visible; approving is possible only once it was shown. */
export interface Unseen {
  readonly words: string;
  show(): void;
}

const MASKED = "Stars stand for secrets here: it runs with the secrets themselves, edited or not.";

function wordsOf(row: ToolRow): (typeof WORDS)[keyof typeof WORDS] {
  const { tool, ask } = row;
  if (tool === BUDGET) return WORDS.budget;
  if (ask?.questions.length) return WORDS.form;
  if (planOf(row)) return WORDS.plan;
  return WHETHER_TO_GO_ON.has(tool) ? WORDS.goOn : WORDS.tool;
}

/** The services that an approval bar needs from the page. */
export type Asker = Pick<ViewContext, "canControl" | "send" | "ui" | "worker" | "changed"> &
  Partial<Pick<ViewContext, "model">>; // where the session's log is read

/** Asks a person whether a tool may run; afterwards shows who decided what. */
export class ApprovalBar {
  readonly element = h("div", { class: "approval" });
  private readonly row: ToolRow;
  private readonly session: string;
  private readonly context: Asker;
  private readonly unseen: () => Unseen | null;
  private readonly unseenNote = h("p", { class: "approval-unseen" });
  private readonly maskedNote = h("p", { class: "approval-masked hint" }, MASKED);
  private readonly ruleNote = h("p", { class: "approval-rule hint" });
  private readonly ui: RowUi;
  private readonly drafts: RowUi["drafts"];
  private readonly reason = h("p", { class: "approval-reason" });
  private readonly problem = h("p", { class: "problem", role: "alert", tabindex: "-1" });
  private readonly buttons = h("div", { class: "buttons" });
  private readonly no: HTMLElement;
  private readonly options: OptionButtons | null;
  private readonly form: FormSlot | null;
  private readonly answers = h("dl", { class: "answers" });
  private readonly why: HTMLInputElement;
  private readonly words: (typeof WORDS)[keyof typeof WORDS];
  private readonly approveButton: HTMLButtonElement;
  private readonly sessionButton: HTMLButtonElement;
  private readonly editButton: HTMLButtonElement;
  private editor: InputEditor | null = null;
  private isSent = false;

  constructor(row: ToolRow, session: string, context: Asker, unseen: () => Unseen | null) {
    this.unseen = unseen;
    this.row = row;
    this.session = session;
    this.context = context;
    this.ui = context.ui(session, row);
    this.drafts = this.ui.drafts;
    this.showRefusal();
    this.why = h("input", {
      type: "text",
      class: "why",
      placeholder: "why not (optional)",
      "aria-label": "Why not",
    });
    this.words = wordsOf(row);
    const { options = [], questions = [] } = row.ask ?? {};
    this.options = options.length > 0 ? new OptionButtons(options, this.why, (option) => this.choose(option)) : null;
    const changed = (): void => context.changed(session, row);
    this.form = questions.length > 0 ? new FormSlot(questions, this.drafts, changed) : null;
    const { approve, deny, edit } = this.words;
    this.approveButton = this.button(approve, "approve", "primary", () => this.approve("once"));
    this.sessionButton = this.button("Approve for session", "session", "", () =>
      this.approve("session"),
    );
    this.editButton = this.button(edit, "edit", "", () => this.toggleEditor());
    const denyButton = this.button(deny, "deny", "danger", () => this.deny());
    this.no = h("span", { class: "no" }, ...(this.options?.refusalId ? [] : [this.why]), denyButton);
    this.buttons.append(this.approveButton, this.sessionButton, this.editButton, this.no);
    if (this.options) this.buttons.append(this.options.element);
    this.element.append(this.reason, this.answers, this.maskedNote, this.unseenNote);
    if (this.form) this.element.append(this.form.element);
    this.element.append(this.buttons, this.ruleNote, this.problem);
    this.listen();
  }

  update(): void {
    const { ask, answer, result } = this.row;
    this.element.hidden = !ask;
    const isOpen = ask !== null && !answer && !result;
    const mayAnswer = isOpen && this.context.canControl;
    this.element.classList.toggle("open", isOpen);
    this.buttons.hidden = !mayAnswer;
    this.maskedNote.hidden = !isOpen || !ask.isMasked;
    const unseen = this.hiddenPart;
    this.unseenNote.hidden = !mayAnswer || !unseen;
    if (unseen) setText(this.unseenNote, `${unseen.words}.`);
    this.showForm(mayAnswer);
    this.options?.mayAllow(unseen === null);
    this.approveButton.hidden = this.options !== null && unseen === null;
    this.no.hidden = Boolean(this.options?.refusalId);
    this.sessionButton.hidden = !ask?.rule || unseen !== null || this.options !== null;
    this.ruleNote.hidden = this.sessionButton.hidden || !mayAnswer;
    if (!this.ruleNote.hidden) setText(this.ruleNote, `${ruleWords(ask?.rule ?? "")} ${this.spared()}`.trim());
    // Editing an input that was cut would lose the rest.
    const isUseless = WHETHER_TO_GO_ON.has(this.row.tool) || WITHOUT_EDIT.has(this.words);
    this.editButton.hidden = Boolean(ask?.wholeId) || isUseless || this.options !== null;
    setText(this.approveButton, this.approveWord(unseen));
    setText(this.reason, isOpen ? this.question() : this.verdict());
    if (mayAnswer) {
      this.element.setAttribute("tabindex", "0");
      this.element.setAttribute("role", "group");
      this.element.setAttribute("aria-label", `${toolName(this.row)} asks`);
      if (this.drafts.get("edit") !== null && !this.editor) this.openEditor();
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) this.element.removeAttribute(name);
      this.closeEditor();
    }
    if (!isOpen) for (const part of ["why", "edit", "form"]) this.drafts.delete(part);
  }

  /** True if all of the call is shown, and a yes is the whole answer. */
  get isPlain(): boolean {
    const isAsked = this.words === WORDS.tool && !this.options && !this.form && !this.row.ask?.isMasked;
    const mayAnswer = this.element.classList.contains("open") && !this.buttons.hidden;
    return isAsked && mayAnswer && !this.editor && !this.isSent && this.unseen() === null;
  }

  approveOnce(): void {
    if (this.isPlain) this.approve("once");
  }

  private listen(): void {
    // The "deny" key moves the focus to the reason field; Enter then sends it.
    const hidden = h("button", { type: "button", "data-answer": "why", tabindex: "-1" });
    hidden.hidden = true;
    hidden.addEventListener("click", () => this.why.focus());
    this.buttons.append(hidden);
    this.why.value = this.drafts.get("why") ?? "";
    this.why.addEventListener("input", () => this.drafts.set("why", this.why.value));
    this.why.addEventListener("keydown", (event) => {
      if (isComposing(event)) return;
      if (event.key === "Enter") this.deny();
      else if (event.key === "Escape") this.element.focus();
      else return;
      event.preventDefault();
    });
    this.element.addEventListener("keydown", (event) => {
      if (isComposing(event) || !this.editor?.element.contains(event.target as Node)) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.approve("once");
      else if (event.key === "Escape") this.toggleEditor();
      else return;
      event.preventDefault();
    });
  }

  private question(): string {
    const why = spellOut(this.row.ask?.reason ?? "") || `${spellOut(this.row.tool)} needs an approval.`;
    return this.context.canControl ? why : `${why} Waits for somebody who may answer.`;
  }

  private verdict(): string {
    const { answer, ask } = this.row;
    if (!answer) return "No longer asked.";
    const who = answer.by ? ` by ${answer.by}` : "";
    const option = ask?.options.find(({ id }) => id === answer.optionId);
    const why = answer.reason ? `: ${spellOut(answer.reason)}` : "";
    if (option) return `${spellOut(option.name)}${answer.by ? ` (${answer.by})` : ""}${why}`;
    const edited = answer.input ? ", edited" : "";
    const scope = answer.scope === "session" ? " for the session" : "";
    return answer.decision === "approved"
      ? `Approved${edited}${scope}${who}`
      : `Denied${who}${why}`;
  }

  private approveWord(unseen: Unseen | null): string {
    if (unseen) return SHOW_FIRST;
    return this.editor ? this.words.edited : this.words.approve;
  }

  private approve(scope: "once" | "session"): void {
    const unseen = this.hiddenPart;
    if (unseen) return unseen.show();
    const command = { type: "approve", toolUseId: this.row.toolUseId, scope } as const;
    if (this.form) return this.sendForm(command);
    if (!this.editor) return void this.send(command);
    const input = this.editor.value();
    if (input === null) this.editor.focus();
    else void this.send({ ...command, input });
  }

  /** An option is an answer; one that allows goes with the form's answers. */
  private choose(option: ApprovalOption): void {
    const { toolUseId } = this.row;
    if (!allows(option)) return this.deny(option.id);
    const unseen = this.hiddenPart;
    if (unseen) return unseen.show();
    const command = { type: "approve", toolUseId, optionId: option.id } as const;
    if (this.form) this.sendForm(command);
    else void this.send(command);
  }

  private sendForm(command: ApproveCommand): void {
    const answers = this.form?.read();
    if (answers) void this.send({ ...command, answers });
  }

  /** The form while it can be filled in, then what was answered. */
  private showForm(mayAnswer: boolean): void {
    const { answer, ask } = this.row;
    if (mayAnswer) this.form?.update();
    if (this.form) this.form.element.hidden = !mayAnswer;
    const given = answer?.answers ?? {};
    this.answers.hidden = Object.keys(given).length === 0;
    if (this.answers.hidden || this.answers.childElementCount > 0) return;
    for (const question of ask?.questions ?? []) {
      if (!(question.id in given)) continue;
      const words = h("dt", {}, spellOut(question.header || question.text));
      this.answers.append(words, h("dd", {}, spellOut(answerWords(question, given[question.id]))));
    }
  }

  private deny(optionId = this.options?.refusalId ?? ""): void {
    const { toolUseId } = this.row;
    void this.send({ type: "deny", toolUseId, reason: this.why.value.trim(), optionId });
  }

  /** The part of the input that is not visible; an open editor shows all of it. */
  private get hiddenPart(): Unseen | null {
    return this.editor ? null : this.unseen();
  }

  private toggleEditor(): void {
    if (this.row.ask?.wholeId) return;
    if (!this.editor) return this.openEditor().focus();
    this.drafts.delete("edit");
    this.closeEditor();
    this.element.focus();
  }

  private openEditor(): InputEditor {
    const input = this.row.ask?.input ?? {};
    const draft = this.drafts.get("edit");
    const keep = (text: string): void => void this.drafts.set("edit", text);
    const editor = new InputEditor(this.row.tool, input, draft, this.context.worker, keep);
    this.editor = editor;
    this.buttons.before(editor.element);
    setText(this.approveButton, this.approveWord(this.hiddenPart));
    setText(this.editButton, "Do not edit");
    this.editButton.setAttribute("aria-expanded", "true");
    return editor;
  }

  private closeEditor(): void {
    this.editor?.element.remove();
    this.editor = null;
    setText(this.approveButton, this.approveWord(this.hiddenPart));
    setText(this.editButton, this.words.edit);
    this.editButton.setAttribute("aria-expanded", "false");
  }

  /** What "approve for session" would have answered so far. */
  private spared(): string {
    const thread = this.context.model?.thread(this.session);
    if (!thread) return "";
    const titles = sparedAsks(thread, this.row).map((row) => presentationOf(row).title(row.input ?? {}));
    return sparedWords(titles, thread.start === 0);
  }

  private button(word: string, answer: string, tone: string, act: () => void): HTMLButtonElement {
    const given = { type: "button", class: `button ${tone}`, "data-answer": answer };
    const made = h("button", given, word);
    made.addEventListener("click", act);
    return made;
  }

  private async send(command: AnyCommand): Promise<void> {
    if (this.isSent) return; // a double click must send one answer only
    this.disable(true);
    this.ui.refusal = "";
    this.problem.hidden = true;
    const problem = await this.context.send(this.session, command);
    // On success the answer comes as an event, and the buttons go. A refusal stays, even
    // when somebody else's answer has come meanwhile: it says what became of this one.
    if (problem === null) return;
    this.disable(false);
    this.ui.refusal = problem;
    this.showRefusal();
    const active = document.activeElement;
    if (active === document.body || this.element.contains(active)) this.problem.focus();
  }

  private showRefusal(): void {
    this.problem.hidden = this.ui.refusal === "";
    setText(this.problem, this.ui.refusal);
  }

  private disable(yes: boolean): void {
    this.isSent = yes;
    for (const button of this.buttons.querySelectorAll("button")) button.disabled = yes;
  }
}

/** An answer as people read it: the names of choices, not their values. */
function answerWords({ choices = [] }: Question, answer: unknown): string {
  const nameOf = (value: unknown): string => choices.find((one) => one.value === value)?.name || `${value}`;
  if (typeof answer === "boolean") return answer ? "Yes" : "No";
  return Array.isArray(answer) ? answer.map(nameOf).join(", ") : nameOf(answer);
}
