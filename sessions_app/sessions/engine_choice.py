from django.conf import settings


def engine_of_new_sessions() -> str:
    """Name the engine that a session started now runs on."""
    return "simulator" if settings.RINGSIDE_SIMULATE else "anthropic"
