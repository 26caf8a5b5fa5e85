import type { Input } from "../../model/row.ts";
import type { ToolDetails } from "../../model/tool_details.ts";
import type { Piece } from "../view_context.ts";
import type { Unseen } from "../approval/approval_bar.ts";
import type { Card } from "./card.ts";
import type { CodeBlockStyle } from "../code/code_block.ts";
import { GivenPart } from "./given_part.ts";
import { otherFields, presentationOf } from "../presentation/presentation.ts";
import type { Given } from "../presentation/presentation.ts";
import { WholeInput } from "./whole_input.ts";

const FIELDS: CodeBlockStyle = { className: "fields", form: "rows" };

/** What a call was given: a command, diffs, a list, or its JSON. */
export class InputPart {
  readonly input: Input;
  readonly details: ToolDetails | null;
  /** The part of a question's input that the last `pieces` did not contain. */
  unseen: Unseen | null = null;
  private readonly card: Card;
  private readonly parts: readonly GivenPart[];
  private readonly whole: WholeInput | null;

  /** `input` is the question's if there is one, because an approval runs that input. */
  constructor(card: Card, input: Input, whole: WholeInput | null) {
    this.card = card;
    this.input = input;
    this.whole = whole;
    const { tool, details, ask } = card.row;
    this.details = details;
    const presentation = presentationOf({ tool, details, input });
    const fields = ask ? otherFields(presentation, input) : [];
    const given = givenIn(presentation.given?.(input));
    const hasPaths = given.length > 1;
    this.parts = [
      ...(fields.length > 0 ? [new GivenPart(card, { kind: "lines", style: FIELDS, lines: fields }, "fields", false)] : []),
      ...given.map((one, i) => new GivenPart(card, one, i === 0 ? "input" : `input ${i}`, hasPaths)),
    ];
  }

  /** The figure of the change, like "+3 −1", once it was computed. */
  get figure(): string {
    return this.parts.length > 2 ? "" : (this.parts.at(-1)?.figure ?? "");
  }

  pieces(): readonly Piece[] {
    const pieces = this.parts.flatMap((part) => part.pieces());
    this.unseen = this.unfetched() ?? this.parts.find(({ unseen }) => unseen)?.unseen ?? null;
    return pieces;
  }

  /** The part of a cut input that was not fetched yet. */
  private unfetched(): Unseen | null {
    const { whole, card } = this;
    if (!whole || whole.input) return null;
    const words = whole.hasFailed
      ? "The server did not send the rest of this input"
      : "This input was too large: some of it is not here yet";
    const show = (): void => {
      card.choose("input", true);
      void whole.load();
    };
    return { words, show };
  }
}

export function givenIn(given: Given | readonly Given[] | undefined): readonly Given[] {
  if (given === undefined) return [];
  return "kind" in given ? [given] : given;
}
