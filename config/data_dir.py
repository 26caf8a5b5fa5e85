import logging
import os
import stat
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from platformdirs import user_data_path

logger = logging.getLogger(__name__)


def default(base: Path) -> Path:
    """`var/` in a checkout; installed as a package, the user's own data directory."""
    if (base / "manage.py").is_file():
        return base / "var"
    return user_data_path("ringside")


def make(path: Path) -> Path:
    """Make the directory for all that lasts. Raises ImproperlyConfigured.

    The database in it is readable to whoever may enter, so others may not. Its group
    may: that is how a deployment lets its administrators in.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot(path, "be made", error.strerror or "") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise _cannot(path, "be written", "it is another user's, or read-only")
    if path.stat().st_mode & stat.S_IRWXO:
        _close(path)
    return path


def _close(path: Path) -> None:
    """Shut others out of the directory, unless it is plainly not Ringside's alone."""
    mode = stat.S_IMODE(path.stat().st_mode)
    is_shared = mode & stat.S_ISVTX or Path.home().is_relative_to(path.resolve())
    try:
        if is_shared:
            raise PermissionError
        path.chmod(mode & ~stat.S_IRWXO)
    except OSError:
        raise ImproperlyConfigured(
            f"{path} is open to all users of this machine (mode {mode:04o}), who could "
            "read the database. Set RINGSIDE_DATA_DIR to a directory for Ringside "
            f"alone, or have its owner: chmod o= {path}"
        ) from None
    logger.warning("%s was open to all users of this machine, and is no longer", path)


def _cannot(path: Path, verb: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{path} cannot {verb}: {why}. "
        "Set RINGSIDE_DATA_DIR to a directory that this user may write."
    )
