from collections.abc import Mapping
from types import MappingProxyType

from sessions_app.agents.entry import AgentEntry, Distribution, Package

CLAUDE = AgentEntry(
    id="claude",
    name="Claude Code",
    command="claude-agent-acp",
    distribution=Distribution(
        npx=Package(package="@agentclientprotocol/claude-agent-acp")
    ),
    modes={
        "default": "default",
        "acceptEdits": "acceptEdits",
        "plan": "plan",
        "bypass": "bypassPermissions",
    },
    is_built_in=True,
)
CODEX = AgentEntry(
    id="codex",
    name="Codex",
    command="codex-acp",
    distribution=Distribution(npx=Package(package="@agentclientprotocol/codex-acp")),
    modes={
        "default": "read-only",
        "acceptEdits": "workspace-write",
        "plan": "read-only",
        "bypass": "agent-full-access",
    },
    is_built_in=True,
)
OPENCODE = AgentEntry(
    id="opencode",
    name="opencode",
    command="opencode",
    args=("acp",),
    distribution=Distribution(npx=Package(package="opencode-ai", args=("acp",))),
    modes={"default": "build", "acceptEdits": "build", "plan": "plan"},
    is_built_in=True,
)
GEMINI = AgentEntry(
    id="gemini",
    name="Gemini CLI",
    command="gemini",
    args=("--acp",),
    distribution=Distribution(
        npx=Package(package="@google/gemini-cli", args=("--acp",))
    ),
    modes={
        "default": "default",
        "acceptEdits": "autoEdit",
        "plan": "plan",
        "bypass": "yolo",
    },
    is_built_in=True,
)
BUILT_IN: Mapping[str, AgentEntry] = MappingProxyType(
    {entry.id: entry for entry in (CLAUDE, CODEX, OPENCODE, GEMINI)}
)
