from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser, User

from sessions_app.agents.access import usable_agents
from sessions_app.protocol.engine_kind import ACP, EngineKind
from sessions_app.sessions.engine_choice import offered_engines


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What the start form offers as the agent of a new session."""

    value: str
    label: str
    kind: EngineKind
    model: str = ""  # shown as the session's model where none is named
    options: Mapping[str, str] = field(default_factory=dict)


def engine_choices(user: User | AnonymousUser) -> list[EngineChoice]:
    """What a user may start from the page, the default first: engines, then agents."""
    engines = [EngineChoice(kind.name, kind.label, kind) for kind in offered_engines()]
    agents = [
        EngineChoice(
            f"{ACP.name}:{entry.id}",
            entry.label,
            ACP,
            model=entry.id,
            options={"agent": entry.id},
        )
        for entry in usable_agents(user)
    ]
    return [*engines, *agents]
