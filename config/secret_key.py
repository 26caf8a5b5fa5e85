import os
import secrets
from collections.abc import Callable
from pathlib import Path


def new_secret_key() -> str:
    return secrets.token_urlsafe(50)


def read_or_create(path: Path, make: Callable[[], str] = new_secret_key) -> str:
    """Return the key stored in `path` (mode 0600), made on the first run."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    # The key is written completely to another name, then linked to `path`. So of two
    # processes that start at once one wins, and neither reads half a key.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(make())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()
