import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from runners.review.git_name import git_name
from runners.worktrees.git import Git, GitFailed


def check_no_obstacle(git: Git, root: Path, names: Iterable[str]) -> None:
    """Refuse to write files where something stands that git's index does not hold.

    Git would replace files that it ignores, and whole directories of them, and nothing
    has a copy of those. `names` are relative to `root`, in which git works. Raises
    GitFailed.
    """
    known = frozenset(git.run("ls-files", "-z").split("\0"))
    for name in names:
        for found in _standing(root, name):
            if found not in known:
                raise GitFailed(
                    f"{git_name(found)} is in the way, and git ignores it or it was "
                    "left out: move it away first"
                )


def _standing(root: Path, name: str) -> Iterator[str]:
    """The files and links that would go if a file were written at `name`."""
    for parent in reversed(Path(name).parents[:-1]):
        path = root / parent
        if path.is_symlink() or path.is_file():
            yield str(parent)
            return
    path = root / name
    if path.is_symlink() or not path.is_dir():
        if os.path.lexists(path):
            yield name
        return
    for directory, directories, files in os.walk(path):
        here = Path(directory)
        links = [one for one in directories if (here / one).is_symlink()]
        for one in (*files, *links):
            yield str((here / one).relative_to(root))
