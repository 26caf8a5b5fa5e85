import type { Answers } from "../../agent/answers.ts";
import type { QuestionForm } from "../../agent/question_form.ts";
import type { Drafts } from "../../browser/drafts.ts";
import type { Question } from "../../protocol.ts";
import { agentBundle } from "../head/agent_bundle.ts";
import type { AgentBundle } from "../head/agent_bundle.ts";
import { h } from "../h.ts";

// About what a form needs, until it is there.
const QUESTION_PX = 88;
const CHOICE_PX = 40;

/** The place of a question's form, which is loaded for it. */
export class FormSlot {
  readonly element = h("div", { class: "form-slot" });
  private readonly questions: readonly Question[];
  private readonly drafts: Drafts;
  private readonly resized: () => void;
  private form: QuestionForm | null = null;
  private bundle: AgentBundle | null = null;
  private state: "empty" | "loading" | "failed" | "shown" = "empty";

  /** `resized` is called when the form has come: the next `update` puts it in place. */
  constructor(questions: readonly Question[], drafts: Drafts, resized: () => void) {
    this.questions = questions;
    this.drafts = drafts;
    this.resized = resized;
    const choices = questions.reduce((count, question) => count + (question.choices?.length ?? 0), 0);
    this.element.style.minHeight = `${questions.length * QUESTION_PX + choices * CHOICE_PX}px`;
  }

  /** Show the form if it is there; else have it loaded. While painting, since it grows. */
  update(): void {
    if (this.state === "empty") void this.load();
    if (this.state !== "loading" || !this.bundle) return;
    this.state = "shown";
    this.put(this.make(this.bundle.QuestionForm));
  }

  /** The answers, once all fit; null: they do not yet, or the form is not there. */
  read(): Answers | null {
    return this.form?.read() ?? null;
  }

  private async load(): Promise<void> {
    this.state = "loading";
    this.bundle = await agentBundle();
    if (!this.bundle) {
      this.state = "failed";
      this.put(this.again());
    }
    this.resized();
  }

  private put(shown: HTMLElement): void {
    this.element.style.minHeight = "";
    this.element.replaceChildren(shown);
  }

  private make(Form: typeof QuestionForm): HTMLElement {
    const draft = JSON.parse(this.drafts.get("form") ?? "{}") as Answers;
    this.form = new Form(this.questions, draft, (answers) => void this.drafts.set("form", JSON.stringify(answers)));
    return this.form.element;
  }

  private again(): HTMLElement {
    const button = h("button", { type: "button", class: "plain" }, "Try again");
    button.addEventListener("click", () => void this.load());
    return h("p", { class: "problem", role: "alert" }, "The questions could not be loaded. ", button);
  }
}
