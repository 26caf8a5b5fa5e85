from pathlib import Path

POINTER_MAX_BYTES = 10_000  # of a git file that names a directory


def project_of(path: Path) -> Path:
    """Map a directory to the one that represents it in all worktrees of its repository.

    That is the same directory in the main working tree or, for a bare repository, below
    the repository. Outside linked worktrees it is `path` itself. Rules for a directory
    are stored for its project.
    """
    path = path.resolve()
    for top in (path, *path.parents):
        pointer = top / ".git"
        if pointer.is_dir():
            return path
        if pointer.is_file():
            main = _main_tree(pointer)
            return main / path.relative_to(top) if main else path
    return path


def _main_tree(pointer: Path) -> Path | None:
    """Follow a linked worktree's `.git` file to the main working tree.

    The agent can write this file, so the repository has to point back at it.
    """
    git_dir = _target(pointer, "gitdir: ")
    if git_dir is None or not points_at(git_dir / "gitdir", pointer):
        return None
    common = _target(git_dir / "commondir")
    if common is None or git_dir.parent != common / "worktrees":
        return None
    return common.parent if common.name == ".git" else common


def points_at(file: Path, path: Path, prefix: str = "") -> bool:
    """Whether a git file names this path."""
    return _target(file, prefix) == path.resolve()


def _target(file: Path, prefix: str = "") -> Path | None:
    """Read a file that names a path, perhaps relative to the file's directory."""
    try:
        with file.open("rb") as opened:
            text = opened.read(POINTER_MAX_BYTES).decode().strip("\n")
        if not text.startswith(prefix) or "\0" in text:
            return None
        return (file.parent / text.removeprefix(prefix)).resolve()
    except (OSError, ValueError, RuntimeError):  # not readable, not text, a loop
        return None
