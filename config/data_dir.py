import logging
import os
import stat
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from platformdirs import user_data_path

logger = logging.getLogger(__name__)


def default(base: Path) -> Path:
    """Return `var/` in a checkout, or the user's data directory when installed."""
    if (base / "manage.py").is_file():
        return base / "var"
    return user_data_path("ringside")


def make(path: Path) -> Path:
    """Create the directory for all persistent data. Raises ImproperlyConfigured.

    Everyone who may enter the directory can read the database, so access by others is
    removed. Its group keeps access, which deployments use for administrators.
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
    """Remove others' access, unless other programs plainly use the directory too."""
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
