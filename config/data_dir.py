import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def make(path: Path) -> Path:
    """Make the directory for all that lasts. Raises ImproperlyConfigured."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot(path, "be made", error.strerror or "") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise _cannot(path, "be written", "it is another user's, or read-only")
    return path


def _cannot(path: Path, verb: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{path} cannot {verb}: {why}. "
        "Set RINGSIDE_DATA_DIR to a directory that this user may write."
    )
