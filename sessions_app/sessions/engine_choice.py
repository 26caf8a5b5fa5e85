from django.conf import settings

from sessions_app.protocol.engine_kind import ACP, ANTHROPIC, SIMULATOR, EngineKind


def engine_of_new_sessions() -> EngineKind:
    """Return the default engine of new sessions."""
    return SIMULATOR if settings.RINGSIDE_SIMULATE else ANTHROPIC


def offered_engines() -> list[EngineKind]:
    """Return the engines offered on the page for new sessions, the default first.

    Only one of the simulator and the Claude API is offered; the settings choose which.
    Agents (`ACP`) are offered by their own names.
    """
    default = engine_of_new_sessions()
    others = [
        kind
        for kind in settings.ENGINES.values()
        if kind.is_queued and kind not in (ACP, ANTHROPIC, SIMULATOR)
    ]
    return [default, *others]
