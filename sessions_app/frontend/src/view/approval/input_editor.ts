import { WrittenNumber, readJson, writeJson } from "../../json/lossless.ts";
import type { Input } from "../../model/row.ts";
import { callOf } from "../../model/tool_call.ts";
import { spellOut } from "../../text/spelled.ts";
import { h, setText } from "../h.ts";
import type { WorkerClient } from "../../worker/client.ts";
import { DiffView } from "../code/diff_view.ts";

const UNITS: Record<string, string> = {
  usd: "USD more",
  turns: "More turns",
  tokens: "More tokens",
  seconds: "More seconds",
};
const LABELS: Record<string, string> = { command: "Command", edit: "Instead of the old text", write: "Content" };
const ROWS_MAX = 14;

/** An editor for a tool call's input. */
export class InputEditor {
  readonly element = h("div", { class: "input-editor" });
  private readonly input: Input;
  private readonly field: string | null;
  /** The text that an edit replaces; null where no file is changed. */
  private readonly before: string | null;
  private readonly area: HTMLTextAreaElement;
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private readonly preview: DiffView;
  private readonly spelled = h("pre", { class: "input-spelled", dir: "ltr" });

  constructor(
    tool: string,
    input: Input,
    draft: string | null,
    worker: WorkerClient,
    typed: (text: string) => void,
  ) {
    this.input = input;
    this.preview = new DiffView("input-preview", worker);
    // The field offered for editing, by tool; for other tools it is the whole JSON.
    const call = callOf({ tool, input, details: null });
    const isOne = call.shape in LABELS && !call.fields.includes("edits");
    const name = (tool === "budget" ? Object.keys(input)[0] : isOne ? call.fields.at(-1) : null) ?? "";
    const value = input[name];
    const isNumber = typeof value === "number" || value instanceof WrittenNumber;
    this.field = (name in UNITS ? isNumber : typeof value === "string") ? name : null;
    const text = draft ?? this.original();
    const rows = Math.min(ROWS_MAX, text.split("\n").length + 1);
    this.area = h("textarea", { rows: `${rows}`, spellcheck: "false", class: "mono" });
    this.area.value = text;
    this.area.addEventListener("input", () => {
      typed(this.area.value);
      this.check();
    });
    this.before = call.shape === "edit" ? `${input[call.fields[0] ?? ""]}` : null;
    if (call.shape === "write") this.before = this.original();
    const label = UNITS[name] ?? LABELS[call.shape] ?? name;
    const words = this.field ? label : "Input, as JSON";
    this.element.append(h("label", {}, words, this.area), this.problem, this.spelled, this.preview.element);
    this.check();
  }

  focus(): void {
    this.area.focus();
    this.area.setSelectionRange(0, 0);
    this.area.scrollTop = 0;
  }

  /** The edited input; null while it is not valid. */
  value(): Input | null {
    if (this.field && this.field in UNITS) return this.amount(this.field);
    if (this.field) return { ...this.input, [this.field]: this.area.value };
    try {
      const said: unknown = readJson(this.area.value);
      return isInput(said) ? said : null;
    } catch {
      return null;
    }
  }

  private amount(field: string): Input | null {
    const amount = Number(this.area.value);
    return amount > 0 && Number.isFinite(amount) ? { ...this.input, [field]: amount } : null;
  }

  private original(): string {
    if (this.field) return `${this.input[this.field]}`;
    return writeJson(this.input, 2);
  }

  private check(): void {
    const isBad = this.value() === null;
    const wanted = this.field ? "a number above 0" : 'a JSON object, like {"path": "a.txt"}';
    setText(this.problem, isBad ? `This is not ${wanted}.` : "");
    this.problem.hidden = !isBad;
    this.area.setAttribute("aria-invalid", `${isBad}`);
    this.showHidden();
    if (this.field && this.before !== null) void this.preview.show(this.before, this.area.value);
  }

  /** A text field shows no hidden characters, so they are spelled out below it. */
  private showHidden(): void {
    const spelled = spellOut(this.area.value);
    this.spelled.hidden = spelled === this.area.value;
    if (!this.spelled.hidden) setText(this.spelled, `With hidden characters spelled out:\n${spelled}`);
  }
}

function isInput(value: unknown): value is Input {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
