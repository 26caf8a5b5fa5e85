from django.conf import settings

from sessions_app.protocol.engine_kind import ANTHROPIC, SIMULATOR, EngineKind


def engine_of_new_sessions() -> EngineKind:
    """The engine of a session that is started without naming one."""
    return SIMULATOR if settings.RINGSIDE_SIMULATE else ANTHROPIC


def offered_engines() -> list[EngineKind]:
    """The engines that a person may start a session on from the page, default first.

    Simulation and Claude's API stand for each other: the settings choose one.
    """
    default = engine_of_new_sessions()
    others = [
        kind
        for kind in settings.ENGINES.values()
        if kind.is_queued and kind not in (ANTHROPIC, SIMULATOR)
    ]
    return [default, *others]
