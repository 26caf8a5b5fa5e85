import { duration } from "../../format.ts";
import type { ToolRow } from "../../model/row.ts";
import { Fold } from "../fold.ts";
import { h, setText } from "../h.ts";
import type { PieceView, Scene } from "../scene.ts";
import { agentFigures, agentState } from "./agent_figures.ts";
import { ApprovalBar } from "./approval_bar.ts";
import { faceOf } from "./face.ts";
import type { Face } from "./face.ts";
import { OutputView } from "./output.ts";

export type ToolState = "writing" | "asking" | "running" | "done" | "failed" | "denied";

const PREVIEW_CHARS = 600;

/** A card for one tool call: what it does, live, and what came of it. */
export class ToolView implements PieceView {
  readonly element: HTMLElement;
  private readonly row: ToolRow;
  private readonly session: string;
  private readonly scene: Scene;
  private readonly name = h("span", { class: "tool-name" });
  private readonly title = h("span", { class: "tool-title" });
  private readonly figures = h("span", { class: "tool-figures" });
  private readonly fold: Fold;
  private readonly body = h("div", { class: "tool-body" });
  private readonly preview = h("pre", { class: "well preview" });
  private input: HTMLElement | null = null;
  private approval: ApprovalBar | null = null;
  private output: OutputView | null = null;

  constructor(row: ToolRow, session: string, scene: Scene) {
    this.row = row;
    this.session = session;
    this.scene = scene;
    const head = h("span", { class: "tool-head" }, this.name, this.title, this.figures);
    this.fold = new Fold(scene, session, row, "card", "row tool", head, this.body);
    this.element = this.fold.element;
  }

  update(): void {
    const { row } = this;
    const state = stateOf(row);
    const face = faceOf(row.tool);
    this.element.dataset["state"] = state;
    this.element.dataset["tool"] = row.tool;
    this.element.classList.toggle("has-agent", row.child !== null);
    setText(this.name, row.tool === "spawn_agent" ? "agent" : row.tool || "tool");
    setText(this.title, this.titleText(face));
    setText(this.figures, this.figuresText(face, state));
    this.updateInput(face);
    this.updateApproval();
    this.updateOutput(face);
    this.fold.suggest(this.wantsOpen(face, state));
  }

  private titleText(face: Face): string {
    const { row } = this;
    if (row.child?.task) return row.child.task;
    return row.input ? face.title(row.input) : "writing its input";
  }

  private figuresText(face: Face, state: ToolState): string {
    const { row, scene } = this;
    if (row.child) return agentFigures(scene, row, row.child.id);
    const { result } = row;
    if (!result) return state === "asking" ? "needs approval" : "";
    const parts = [
      state === "failed" ? "failed" : state === "denied" ? "denied" : face.figure?.(row),
      result.truncated ? "cut" : "",
      state === "denied" ? "" : duration(result.durationMs),
    ];
    return parts.filter(Boolean).join(" · ");
  }

  private wantsOpen(face: Face, state: ToolState): boolean {
    if (this.row.child) return agentState(this.scene, this.row) === "running";
    if (state === "asking" || state === "failed") return true;
    if (state === "done") return face.staysOpen ?? false;
    return state !== "denied" && !face.isBrief;
  }

  private updateInput(face: Face): void {
    const { row } = this;
    if (!row.input) {
      setText(this.preview, previewOf(row.inputText));
      this.preview.hidden = row.inputText === "";
      if (!this.preview.isConnected) this.body.prepend(this.preview);
    } else if (!this.input) {
      this.preview.remove();
      this.input = face.body?.(row.input) ?? h("div");
      this.body.prepend(this.input);
    }
  }

  private updateApproval(): void {
    if (!this.row.ask) return;
    if (!this.approval) {
      this.approval = new ApprovalBar(this.row, this.session, this.scene);
      if (this.input) this.input.after(this.approval.element);
      else this.body.append(this.approval.element);
    }
    this.approval.update();
  }

  private updateOutput(face: Face): void {
    const { result, liveOutput } = this.row;
    const isQuiet = result !== null && face.hidesResult && !result.isError;
    const text = isQuiet ? "" : (result?.output ?? liveOutput);
    if (text === "" && !this.output) return;
    if (!this.output) {
      this.output = new OutputView();
      this.body.append(this.output.element);
    }
    this.output.update(text, result === null);
  }
}

function stateOf(row: ToolRow): ToolState {
  if (row.answer?.decision === "denied") return "denied";
  if (row.result) return row.result.isError ? "failed" : "done";
  if (row.ask && !row.answer) return "asking";
  return row.input ? "running" : "writing";
}

function previewOf(inputText: string): string {
  const end = inputText.slice(-PREVIEW_CHARS);
  return end.replace(/\\n/g, "\n").replace(/\\"/g, '"').replace(/\\t/g, "\t");
}
