import os
from pathlib import Path

from django.conf import settings

SUPERUSER = 0


class WorkdirNotAllowed(ValueError):
    """Sessions started from the page may not work in the directory; says why."""


def allowed_workdir(text: str, *, is_own_machine: bool = False) -> Path:
    """Resolve a directory that was entered on the page, following symlinks.

    `is_own_machine`: without roots, the person may name any directory of their own.
    Raises WorkdirNotAllowed.
    """
    roots = _roots()
    if not roots and is_own_machine:
        return _own_directory(_entered(text))
    if not roots:
        raise WorkdirNotAllowed(
            "This server gives each session a fresh directory: leave this blank. "
            "(RINGSIDE_WORKDIR_ROOTS would name directories to choose from.)"
        )
    path = _entered(text)
    if not any(path.is_relative_to(root) for root in roots):
        listed = ", ".join(map(str, roots))
        raise WorkdirNotAllowed(f"Sessions may work inside {listed} only.")
    return path


def workdirs_like(text: str) -> list[str]:
    """Return completions of a path: directories that sessions may work in.

    Hidden directories are included if the last name begins with a dot. For an empty
    text the result is the roots.
    """
    text = text.replace("\0", "")
    roots = [str(root) for root in _roots()]
    above, _, begun = text.rpartition("/")
    try:
        inside = directories_in(allowed_workdir(above or "/"), begun)
    except WorkdirNotAllowed:
        inside = []
    found = [root for root in roots if root.startswith(text)]
    found += [f"{above}/{name}" for name in inside]
    return list(dict.fromkeys(found))[: settings.WORKDIRS_MAX]


def directories_in(path: Path, begun: str) -> list[str]:
    """Return the names of directories in one, that begin so; links are left out."""
    try:
        with os.scandir(path) as entries:
            names = [
                entry.name
                for entry in entries
                if entry.name.startswith(begun)
                and (begun or not entry.name.startswith("."))
                and entry.is_dir(follow_symlinks=False)
            ]
    except (OSError, ValueError):  # missing, unreadable, or a NUL in the name
        return []
    return sorted(names)


def _entered(text: str) -> Path:
    if not text.startswith("/"):
        raise WorkdirNotAllowed("Write the whole path, beginning with /.")
    return _resolved(text)


def _own_directory(path: Path) -> Path:
    """Check that a directory belongs to the person who runs this server.

    Not their home as a whole, and nothing hidden: keys and settings lie there. The
    superuser owns the system's directories, too, and has only what is in their home.
    """
    home, data = Path.home().resolve(), Path(settings.DATA_DIR).resolve()
    if not path.is_dir():
        raise WorkdirNotAllowed(f"There is no directory {path}.")
    if path.is_relative_to(data):
        raise WorkdirNotAllowed("Ringside keeps its own data there.")
    if home.is_relative_to(path) or any(p.startswith(".") for p in path.parts):
        raise WorkdirNotAllowed("Name one project's directory, and no hidden one.")
    user = os.geteuid()
    if path.is_relative_to(home) or (user != SUPERUSER and path.stat().st_uid == user):
        return path
    raise WorkdirNotAllowed(f"{path} is not yours: choose a directory that you own.")


def _roots() -> list[Path]:
    return [Path(root).resolve() for root in settings.RINGSIDE_WORKDIR_ROOTS]


def _resolved(text: str) -> Path:
    try:
        return Path(text).resolve()
    except (OSError, RuntimeError) as error:  # a symlink loop, or too long a name
        raise WorkdirNotAllowed(f"This is no usable path: {error}") from None
