export type AgentBundle = typeof import("../../agent/agent.ts");

let loading: Promise<AgentBundle | null> | null = null;

/** Load what few sessions need: forms, settings, commands. Null: the server is away. */
export function agentBundle(): Promise<AgentBundle | null> {
  loading ??= load();
  return loading;
}

async function load(): Promise<AgentBundle | null> {
  try {
    return (await import(new URL("./agent.js", import.meta.url).href)) as AgentBundle;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    loading = null; // whoever needs it next tries again
    return null;
  }
}
