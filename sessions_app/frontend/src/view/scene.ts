import type { Model } from "../model/model.ts";
import type { AnyCommand } from "../protocol.ts";

/** One row on the page. */
export interface RowView {
  readonly element: HTMLElement;
  /** Bring the element up to date with its row. */
  update(): void;
}

/** A sub-agent's thread: painted only while it is open. */
export interface AgentView {
  readonly element: HTMLElement;
  show(open: boolean): void;
}

/** What views need of the page around them. */
export interface Scene {
  readonly model: Model;
  readonly canControl: boolean;
  readonly simulated: boolean;
  /** Send a command; resolves to what went wrong, or null. */
  send(session: string, command: AnyCommand): Promise<string | null>;
  /** The view of a sub-agent's thread; made once. */
  agent(childId: string): AgentView;
}
