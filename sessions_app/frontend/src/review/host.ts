import type { Model } from "../model/model.ts";
import type { Highlighter } from "../paint/highlighter.ts";

/** What a comparison needs of the page. */
export interface ReviewHost {
  readonly model: Model;
  readonly session: string;
  /** Whether the person may write to the agent. */
  readonly canControl: boolean;
  readonly title: string;
  /** Marks words; its worker makes diffs. */
  readonly highlighter: Highlighter;
}
