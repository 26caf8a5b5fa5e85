import type {
  AgentInfoEvent,
  AvailableCommandsEvent,
  ConfigOptionsEvent,
  ContextUsageEvent,
  KnownEvent,
} from "../protocol.ts";

/** What an agent says of itself: of each the last event, if there was one. */
export interface AgentState {
  readonly info: AgentInfoEvent | null;
  readonly options: ConfigOptionsEvent | null;
  readonly commands: AvailableCommandsEvent | null;
  readonly context: ContextUsageEvent | null;
}

export type AgentEvent = Extract<
  KnownEvent,
  { type: "agent_info" | "config_options" | "available_commands" | "context_usage" }
>;

export const NO_AGENT: AgentState = { info: null, options: null, commands: null, context: null };

const PARTS = {
  agent_info: "info",
  config_options: "options",
  available_commands: "commands",
  context_usage: "context",
} as const;

/** What is known after one more event. */
export function afterEvent(state: AgentState, event: AgentEvent): AgentState {
  const part = PARTS[event.type];
  // The server may have told of a later one already.
  return (state[part]?.seq ?? 0) > event.seq ? state : { ...state, [part]: event };
}

/** Of each part the later one. */
export function later(older: AgentState, newer: AgentState): AgentState {
  return {
    info: last(older.info, newer.info),
    options: last(older.options, newer.options),
    commands: last(older.commands, newer.commands),
    context: last(older.context, newer.context),
  };
}

function last<E extends AgentEvent>(older: E | null, newer: E | null): E | null {
  if (older === null || newer === null) return newer ?? older;
  return newer.seq >= older.seq ? newer : older;
}
