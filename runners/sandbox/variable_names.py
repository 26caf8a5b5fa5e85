"""Names of environment variables that people give to the commands of their sessions."""

import re

from runners.sandbox.environment import OWN_PREFIXES

NAME_MAX_CHARS = 200
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\*?", re.ASCII)
MIN_PREFIX_CHARS = 3  # of a pattern: `A*` would name too much by accident


class BadVariableName(ValueError):
    """A text names no variable that a command may get; the message says why."""


def checked_variable(text: str) -> str:
    """Return the name of a variable, or a prefix with a `*`: `MYAPP_*`.

    Ringside's own variables are not among them, because they hold its keys: only
    RINGSIDE_TOOL_ENV can name one. Raises BadVariableName.
    """
    name = text.strip()
    if len(name) > NAME_MAX_CHARS or not _NAME.fullmatch(name):
        raise BadVariableName(
            f"{text[:NAME_MAX_CHARS]!r} is no variable: write a NAME, or PREFIX_*"
        )
    if name.endswith("*") and len(name) <= MIN_PREFIX_CHARS:
        raise BadVariableName(
            f"{name}: at least {MIN_PREFIX_CHARS} characters before the *"
        )
    if name.upper().startswith(OWN_PREFIXES) or any(
        own.startswith(name.upper().removesuffix("*")) for own in OWN_PREFIXES
    ):
        raise BadVariableName(
            f"{name} is Ringside's own: only RINGSIDE_TOOL_ENV can name it"
        )
    return name
