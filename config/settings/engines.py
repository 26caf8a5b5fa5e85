"""What can be the agent, and the limits of programs (`runagent --exec`)."""

from config.settings.base import DATA_DIR, env
from sessions_app.protocol.engine_kind import BUILT_IN

ANTHROPIC_API_KEY = env.text("ANTHROPIC_API_KEY")
ANTHROPIC_BASE_URL = env.text("ANTHROPIC_BASE_URL")
RINGSIDE_MODEL = env.text("RINGSIDE_MODEL", "claude-opus-5-5")
# True: sessions run on the built-in simulator and need no key.
RINGSIDE_SIMULATE = env.flag("RINGSIDE_SIMULATE")

# What can be "the agent", by name. More: dotted paths of EngineKind values.
ENGINES = {
    **BUILT_IN,
    **{kind.name: kind for kind in env.engine_kinds("RINGSIDE_ENGINES")},
}

# The agents that speak the Agent Client Protocol, by name; see docs/agents.md.
AGENTS = env.agents("RINGSIDE_AGENTS", DATA_DIR / "agents.toml")
ACP_LOOK_S = 1.0  # between looks whether an agent has gone quiet
ACP_QUIET_S = env.number(
    "RINGSIDE_ACP_QUIET_S", 60.0
)  # without a word, while a sub-agent works that it does not report
ACP_QUIET_MAX_S = env.number(
    "RINGSIDE_ACP_QUIET_MAX_S", 900.0
)  # likewise: then its prompt is cancelled
ACP_STOPPED_EXIT_S = 0.3  # from the answer to an interrupted prompt to SIGTERM
ACP_START_S = 300.0  # until an agent's session is open; npx may have to fetch it first

RINGSIDE_SIMULATOR_RATE = env.number("RINGSIDE_SIMULATOR_RATE", 60.0)  # tokens/s
# 0 to 1: how unevenly its tokens come, as a part of the time between two.
RINGSIDE_SIMULATOR_JITTER = env.number("RINGSIDE_SIMULATOR_JITTER", 0.3, most=1.0)

AGENT_DEPTH_MAX = 5  # levels of sub-agents below a session

EXEC_LINE_MAX_BYTES = 8 * 1024 * 1024  # of one line on its stdout
EXEC_BAD_LINES_MAX = 100  # told of one run; the others are counted
EXEC_STDIN_MAX_BYTES = 1024 * 1024  # of commands that it has not read yet
EXEC_CHILDREN_MAX = 1000  # sub-agents of one run
EXEC_EXIT_S = 5.0  # from its agent_complete, and the end of its stdin, to SIGTERM
EXEC_INTERRUPT_S = 3.0  # from an interrupt, likewise
EXEC_TERM_S = 2.0  # from SIGTERM to SIGKILL
EXEC_DRAIN_S = 1.0  # for what is left in its output, after its exit
DIAGNOSTICS_MAX_BYTES = 64 * 1024  # of its stderr that are kept, the last
