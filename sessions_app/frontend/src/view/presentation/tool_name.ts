import type { ToolRow } from "../../model/row.ts";

const MCP = /^mcp__(.+?)__(.+)$/;

/** What a tool is called for people: "agent", "github · create_issue", or its own name. */
export function toolName({ tool, details }: Pick<ToolRow, "tool" | "details">): string {
  if (tool === "spawn_agent") return "agent";
  const [, server, name] = MCP.exec(tool) ?? [];
  if (server && name) return `${server} · ${name}`;
  return tool || details?.kind || "tool";
}
