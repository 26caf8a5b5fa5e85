import type { Choice, Question } from "../protocol.ts";
import { spellOut } from "../text/spelled.ts";
import { h, setText } from "../view/h.ts";
import { problemOf } from "./answers.ts";
import type { Answer, Answers } from "./answers.ts";

let forms = 0; // so that the names of two forms' fields differ
const TYPES: Readonly<Record<string, string>> = { email: "email", uri: "url", date: "date", "date-time": "datetime-local" };

/** A form with what an agent asks: a field for each question. */
export class QuestionForm {
  readonly element = h("div", { class: "form" });
  private readonly fields: readonly Field[];

  /** `draft`: what was filled in before; `changed` is called with all of it. */
  constructor(questions: readonly Question[], draft: Answers, changed: (answers: Answers) => void) {
    forms += 1;
    const name = `form${forms}`;
    this.fields = questions.map((one, i) => new Field(one, `${name}-${i}`, draft[one.id], () => changed(this.answers)));
    this.element.append(...this.fields.map(({ element }) => element));
  }

  /** The answers, once all of them fit; else the first that does not gets the focus. */
  read(): Answers | null {
    const wrong = this.fields.filter((field) => !field.check());
    wrong[0]?.focus();
    return wrong.length > 0 ? null : this.answers;
  }

  private get answers(): Answers {
    const given = this.fields.flatMap(({ question, answer }) => (answer === undefined ? [] : [[question.id, answer] as const]));
    return Object.fromEntries(given);
  }
}

/** One question, with its choices or its field. */
class Field {
  readonly element: HTMLElement;
  readonly question: Question;
  private readonly name: string;
  private readonly problem: HTMLElement;
  private readonly boxes: HTMLInputElement[] = [];
  private readonly input: HTMLInputElement | HTMLTextAreaElement | null;

  constructor(question: Question, name: string, draft: Answer | undefined, changed: () => void) {
    this.question = question;
    this.name = name;
    const { header, text, required } = question;
    const needed = required ? [h("span", { class: "form-needed" }, " needed")] : [];
    const head = header ? [h("span", { class: "form-header" }, spellOut(header))] : [];
    const words = h("span", { class: "form-text" }, spellOut(text), ...needed);
    this.problem = h("p", { class: "problem", id: `${name}-problem`, role: "alert" });
    this.problem.hidden = true;
    const start = draft ?? (question.default as Answer | undefined);
    const choices = this.choices();
    if (choices.length > 0) {
      this.element = h("fieldset", { class: "form-field" }, h("legend", {}, ...head, words));
      this.element.append(...choices.map((choice) => this.choice(choice, start)));
      this.input = question.takesOther ? this.other(start) : null;
    } else {
      this.input = this.plain(start);
      this.element = h("div", { class: "form-field" }, h("label", { for: name }, ...head, words), this.input);
    }
    this.element.append(this.problem);
    this.element.addEventListener("input", () => {
      if (!this.problem.hidden) this.check();
      changed();
    });
  }

  get answer(): Answer | undefined {
    const { kind = "text" } = this.question;
    const words = this.input?.value.trim() ?? "";
    const chosen = this.boxes.filter((box) => box.checked).map((box) => box.value);
    switch (kind) {
      case "many":
        return words ? [...chosen, words] : chosen;
      case "boolean":
        return chosen[0] === undefined ? undefined : chosen[0] === "true";
      case "one":
        return this.boxes.length > 0 ? words || chosen[0] : words || undefined;
      case "number":
      case "integer":
        return words === "" ? undefined : Number(words);
      default:
        return words || undefined;
    }
  }

  /** Say what is wrong with the answer, if anything; returns whether it fits. */
  check(): boolean {
    const problem = problemOf(this.question, this.answer);
    setText(this.problem, problem);
    this.problem.hidden = problem === "";
    for (const field of [...this.boxes, ...(this.input ? [this.input] : [])]) {
      field.setAttribute("aria-invalid", `${problem !== ""}`);
      field.setAttribute("aria-describedby", this.problem.id);
    }
    return problem === "";
  }

  focus(): void {
    (this.boxes.find((box) => box.checked) ?? this.boxes[0] ?? this.input)?.focus();
  }

  private choices(): readonly Choice[] {
    const { kind, choices = [] } = this.question;
    if (kind !== "boolean") return kind === "one" || kind === "many" ? choices : [];
    return choices.length > 0 ? choices : [{ value: "true", name: "Yes" }, { value: "false", name: "No" }];
  }

  private choice({ value, name, description }: Choice, start: Answer | undefined): HTMLElement {
    const id = `${this.name}-${this.boxes.length}`;
    const type = this.question.kind === "many" ? "checkbox" : "radio";
    const box = h("input", { type, id, name: this.name, value });
    box.checked = Array.isArray(start) ? start.includes(value) : `${start ?? ""}` === value;
    box.addEventListener("change", () => {
      if (type === "radio" && this.input) this.input.value = "";
    });
    this.boxes.push(box);
    const words = h("label", { for: id }, h("span", { class: "form-choice" }, spellOut(name || value)));
    if (description) words.append(h("span", { class: "form-more" }, spellOut(description)));
    return h("div", { class: "form-option" }, box, words);
  }

  /** A field for an answer in one's own words, beside the choices. */
  private other(start: Answer | undefined): HTMLInputElement {
    const input = h("input", { type: "text", placeholder: "Something else", "aria-label": "Something else" });
    const known = new Set(this.boxes.map((box) => box.value));
    const own = (Array.isArray(start) ? start : [start]).find((one) => typeof one === "string" && !known.has(one));
    input.value = typeof own === "string" ? own : "";
    input.addEventListener("input", () => {
      if (this.question.kind === "one" && input.value) for (const box of this.boxes) box.checked = false;
    });
    this.element.append(input);
    return input;
  }

  private plain(start: Answer | undefined): HTMLInputElement | HTMLTextAreaElement {
    const { kind, format = "" } = this.question;
    const isNumber = kind === "number" || kind === "integer";
    const given = { id: this.name, "aria-describedby": this.problem.id };
    const type = isNumber ? "number" : TYPES[format];
    const input = type
      ? h("input", { ...given, type, ...(isNumber ? { step: kind === "integer" ? "1" : "any" } : {}) })
      : h("textarea", { ...given, rows: "2", dir: "auto" });
    input.value = start === undefined || start === null ? "" : `${start}`;
    return input;
  }
}
