from collections.abc import Mapping

from django.conf import settings

from runners.sandbox.environment import scrubbed
from sessions_app.agents.entry import AgentEntry

# Ringside's own settings, withheld from every agent.
HIDDEN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SECRET_KEY_FALLBACKS")
OWN = "RINGSIDE_"
WHOSE = "RINGSIDE_TZ"


def agent_environment(
    environment: Mapping[str, str],
    entry: AgentEntry,
    added: Mapping[str, str],
    *,
    is_own: bool,
) -> dict[str, str]:
    """Build an agent's environment.

    `is_own`: a person started the agent by hand and the agent inherits that person's
    environment. Otherwise it gets the environment of tool commands (with HOME, where
    its login is) and the variables that its entry names. `added` are variables that its
    start needs. Ringside's own settings are withheld in both cases.
    """
    if is_own:
        hidden = {*HIDDEN} if settings.PLAIN_NAMES else set()
        kept = {
            name: value
            for name, value in environment.items()
            if not name.startswith(OWN) and name not in hidden
        }
    else:
        names = (*settings.TOOL_ENVIRONMENT, *entry.keep_env)
        kept = scrubbed(environment, names)
    return kept | dict(added)
