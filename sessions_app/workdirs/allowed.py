import os
from pathlib import Path

from django.conf import settings


class WorkdirNotAllowed(ValueError):
    """Sessions started from the page may not work in the directory; says why."""


def allowed_workdir(text: str) -> Path:
    """Resolve a directory that was entered on the page, following symlinks.

    Raises WorkdirNotAllowed.
    """
    roots = _roots()
    if not roots:
        raise WorkdirNotAllowed(
            "This server gives each session a fresh directory: leave this blank. "
            "(RINGSIDE_WORKDIR_ROOTS would name directories to choose from.)"
        )
    if not text.startswith("/"):
        raise WorkdirNotAllowed("Write the whole path, beginning with /.")
    path = _resolved(text)
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
        inside = _directories(allowed_workdir(above or "/"), begun)
    except WorkdirNotAllowed:
        inside = []
    found = [root for root in roots if root.startswith(text)]
    found += [f"{above}/{name}" for name in inside]
    return list(dict.fromkeys(found))[: settings.WORKDIRS_MAX]


def _directories(path: Path, begun: str) -> list[str]:
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


def _roots() -> list[Path]:
    return [Path(root).resolve() for root in settings.RINGSIDE_WORKDIR_ROOTS]


def _resolved(text: str) -> Path:
    try:
        return Path(text).resolve()
    except (OSError, RuntimeError) as error:  # a symlink loop, or too long a name
        raise WorkdirNotAllowed(f"This is no usable path: {error}") from None
