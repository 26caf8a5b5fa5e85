from collections.abc import Iterable
from pathlib import Path

from runners.review.git_name import git_name
from runners.review.place import ReviewPlace
from runners.review.snapshot import take_snapshot
from runners.ship.obstacle import check_no_obstacle
from runners.worktrees.git import Git, GitFailed

CHANGED_SINCE = "the files have changed since they were looked at: look again"
PATHS = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--relative")


def restore(
    place: ReviewPlace, source: str, seen: str, paths: Iterable[str]
) -> list[str]:
    """Put files back as they are in the tree `source`; returns which were changed.

    `paths` are as an event names them; none: all that differ. `seen` is the tree that
    the person looked at: each of the files must still be as it is there. Raises
    GitFailed, with nothing changed.
    """
    now = take_snapshot(place).tree
    git = place.open()
    wanted = set(paths)
    changed = [
        (name, is_in_source)
        for name, is_in_source in differing(git, now, source)
        if not wanted or git_name(name) in wanted
    ]
    since = {git_name(name) for name, _ in differing(git, seen, now)}
    if since & {git_name(name) for name, _ in changed}:
        raise GitFailed(CHANGED_SINCE)
    gone = [name for name, is_in_source in changed if not is_in_source]
    for name in gone:
        _check_place(place.scope, name)
    put = [name for name, is_in_source in changed if is_in_source]
    _check_seen(git, put)
    check_no_obstacle(git, place.scope, put)
    for name in gone:
        _remove(place.scope, name)
    git.run("read-tree", source)
    git.run("checkout-index", "-f", "-z", "--stdin", stdin="\0".join(put))
    return [git_name(name) for name, _ in changed]


def differing(git: Git, before: str, after: str) -> Iterable[tuple[str, bool]]:
    """The files that differ, and whether `after` has each; submodules are left out."""
    fields = git.run(*PATHS, before, after).split("\0")
    for about, name in zip(fields[::2], fields[1::2], strict=False):
        modes = about.removeprefix(":").split(" ")[:2]
        if "160000" not in modes:
            yield name, modes[1] != "000000"


def _check_seen(git: Git, names: Iterable[str]) -> None:
    """Refuse to overwrite a file that was too large for a snapshot to hold."""
    unseen = frozenset(git.run("ls-files", "-z", "--modified").split("\0"))
    for name in names:
        if name in unseen:
            raise GitFailed(
                f"{git_name(name)} has changes that were left out as too large, and "
                "would lose them: move it away first"
            )


def _check_place(scope: Path, name: str) -> None:
    """Refuse a path that leads elsewhere, because an agent has put a link there."""
    if (scope / name).parent.resolve() != scope.resolve() / Path(name).parent:
        raise GitFailed(f"{git_name(name)} lies behind a link")


def _remove(scope: Path, name: str) -> None:
    """Remove a file, and the directories that are empty then."""
    path = scope / name
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == scope or any(parent.iterdir()):
            return
        parent.rmdir()
