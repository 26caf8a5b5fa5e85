from collections.abc import Mapping

from django.conf import settings

from runners.sandbox.environment import scrubbed
from sessions_app.agents.entry import AgentEntry

# Ringside's own settings, which no agent gets.
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
    """Build an agent's environment: a person's own, or what commands get.

    `is_own`: the agent was started by hand, by the person whose environment it is. Else
    it gets what commands get (HOME among it, where its login is), and what its entry
    names; `added` are the variables that start it. Ringside's own settings are withheld
    in any case.
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
