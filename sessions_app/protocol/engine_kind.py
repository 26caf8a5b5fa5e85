from collections.abc import Mapping
from types import MappingProxyType

import msgspec


class EngineFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the page knows of a session's engine: fields of its kind."""

    name: str
    label: str
    is_simulated: bool
    is_followed: bool  # the session was taken from an agent's own transcript


class EngineKind(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the rest of Ringside must know about an engine without importing it."""

    name: str  # the value of `AgentSession.engine`
    label: str  # for people
    # Dotted path of the Engine class, imported when first needed; "": nothing runs it.
    path: str
    is_queued: bool  # runners take its sessions from the queue; else command line only
    takes_messages: bool  # people may write to its sessions
    is_simulated: bool = False  # a script answers, and nothing is billed
    # The agent keeps no state of its own: its conversation is rebuilt from the log.
    remembers_by_log: bool = False
    has_settings: bool = False  # its agents may offer settings (`config_options`)
    has_budget: bool = True  # budgets are enforced: the engine asks before each turn
    # The agent of an ACP engine that can continue its sessions; "": none.
    continued_by: str = ""
    # Why a session that no process runs takes no message; {id} is the session's id.
    at_rest_text: str = ""

    @property
    def facts(self) -> EngineFacts:
        """What of it travels to the page."""
        return EngineFacts(
            name=self.name,
            label=self.label,
            is_simulated=self.is_simulated,
            is_followed=bool(self.continued_by),
        )


ANTHROPIC = EngineKind(
    name="anthropic",
    label="Claude API",
    path="runners.engines.claude_api.engine.ClaudeEngine",
    is_queued=True,
    takes_messages=True,
    remembers_by_log=True,
)
SIMULATOR = EngineKind(
    name="simulator",
    label="Simulator",
    path="runners.engines.claude_api.simulated.SimulatedEngine",
    is_queued=True,
    takes_messages=True,
    remembers_by_log=True,
    is_simulated=True,
)
EXEC = EngineKind(
    name="exec",
    label="External program",
    path="runners.engines.stdio.engine.StdioEngine",
    is_queued=False,
    takes_messages=True,
    has_settings=True,
    has_budget=False,
    at_rest_text="Its program is started on the command line alone: "
    "ringside runagent --session {id}",
)
ACP = EngineKind(
    name="acp",
    label="Agent",
    path="runners.engines.acp.engine.AcpEngine",
    is_queued=True,
    takes_messages=True,
    has_settings=True,
    has_budget=False,  # the agent alone decides when it calls its model
)
ACP_COMMAND = EngineKind(
    name="acp_command",
    label="Agent given as a command",
    path="runners.engines.acp.engine.AcpEngine",
    is_queued=False,
    takes_messages=True,
    has_settings=True,
    has_budget=False,
    at_rest_text="Its agent was given as a command, and is started on the command line "
    "alone: ringside runagent --session {id}",
)
RECORDING = EngineKind(
    name="recording",
    label="Recording",
    path="runners.engines.recording.engine.RecordingEngine",
    is_queued=False,
    takes_messages=False,
    has_budget=False,
    at_rest_text="This is a recording: it takes no messages.",
)

STREAM = EngineKind(
    name="stream",
    label="Stream",
    path="",
    is_queued=False,
    takes_messages=False,
    has_budget=False,
    at_rest_text="This is a stream: programs write it by the durable streams protocol.",
)


def _transcript(agent: str, label: str) -> EngineKind:
    """A session of an agent's own, taken from the transcript that the agent writes."""
    return EngineKind(
        name=f"{agent}_transcript",
        label=label,
        path="",
        is_queued=False,
        takes_messages=False,
        has_budget=False,
        continued_by=agent,
        at_rest_text="This session is followed from its agent's own transcript: "
        "continue it here to write to it.",
    )


CLAUDE_TRANSCRIPT = _transcript("claude", "Claude Code transcript")
CODEX_TRANSCRIPT = _transcript("codex", "Codex transcript")
OPENCODE_TRANSCRIPT = _transcript("opencode", "opencode transcript")
TRANSCRIPTS = (CLAUDE_TRANSCRIPT, CODEX_TRANSCRIPT, OPENCODE_TRANSCRIPT)
BUILT_IN: Mapping[str, EngineKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ANTHROPIC,
            SIMULATOR,
            ACP,
            ACP_COMMAND,
            EXEC,
            RECORDING,
            STREAM,
            *TRANSCRIPTS,
        )
    }
)


def unknown_kind(name: str) -> EngineKind:
    """Return a kind for an engine that this installation does not have."""
    return EngineKind(
        name=name,
        label=name,
        path="",
        is_queued=False,
        takes_messages=False,
        has_budget=False,
        at_rest_text=f"This installation has no engine {name!r}: nothing runs it here.",
    )
