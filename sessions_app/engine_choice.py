from django.conf import settings

# Engines whose words others write; they run where a command line says so.
OUTSIDE = frozenset({"exec", "recording"})


def engine_of_new_sessions() -> str:
    """Name the engine that a session started now runs on."""
    return "simulator" if settings.RINGSIDE_SIMULATE else "anthropic"
