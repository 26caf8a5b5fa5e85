"""Acts of people on what a session has changed: commit it, or put files back."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from runners.review.git_name import git_name
from runners.review.place import ReviewPlace
from runners.review.snapshot import stage, take_snapshot
from runners.worktrees.git import Git, GitFailed
from runners.worktrees.losses import HALF_DONE

CHANGED_SINCE = "the files have changed since they were looked at: look again"
PATHS = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--relative")


def commit(place: ReviewPlace, message: str, seen: str, by: str) -> str:
    """Commit all of the directory, as it was seen; returns the commit's id.

    No hook runs, and nothing is signed. `seen` is the tree that the person looked at.
    Raises GitFailed, with nothing committed.
    """
    _check_rest(place)
    if take_snapshot(place).tree != seen:
        raise GitFailed(CHANGED_SINCE)
    git = _identified(place.open_repository(), by)
    stage(git, place.scope)
    tree = git.line("write-tree")
    head = git.line("rev-parse", "-q", "--verify", "HEAD") if _has_head(git) else ""
    if head and git.line("rev-parse", f"{head}^{{tree}}") == tree:
        raise GitFailed("nothing has changed since the last commit")
    parents = ("-p", head) if head else ()
    made = git.run("commit-tree", tree, *parents, "-F", "-", stdin=message).strip()
    subject = message.strip().partition("\n")[0]
    git.run("update-ref", "-m", f"commit: {subject}", "HEAD", made, head or "0" * 40)
    return made


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
        for name, is_in_source in _differing(git, now, source)
        if not wanted or git_name(name) in wanted
    ]
    since = {git_name(name) for name, _ in _differing(git, seen, now)}
    if since & {git_name(name) for name, _ in changed}:
        raise GitFailed(CHANGED_SINCE)
    gone = [name for name, is_in_source in changed if not is_in_source]
    for name in gone:
        _check_place(place.scope, name)
    for name in gone:
        _remove(place.scope, name)
    git.run("read-tree", source)
    kept = "\0".join(name for name, is_in_source in changed if is_in_source)
    git.run("checkout-index", "-f", "-z", "--stdin", stdin=kept)
    return [git_name(name) for name, _ in changed]


def _differing(git: Git, before: str, after: str) -> Iterable[tuple[str, bool]]:
    """The files that differ, and whether `after` has each; submodules are left out."""
    fields = git.run(*PATHS, before, after).split("\0")
    for about, name in zip(fields[::2], fields[1::2], strict=False):
        modes = about.removeprefix(":").split(" ")[:2]
        if "160000" not in modes:
            yield name, modes[1] != "000000"


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


def _check_rest(place: ReviewPlace) -> None:
    for name, words in HALF_DONE.items():
        if (place.git_dir / name).exists():
            raise GitFailed(f"{words}: finish it first")


def _has_head(git: Git) -> bool:
    return git.succeeds("rev-parse", "-q", "--verify", "HEAD")


def _identified(git: Git, by: str) -> Git:
    """Git with a name for its commits: the configured one, else the person's."""
    if git.succeeds("var", "GIT_COMMITTER_IDENT"):
        return git
    email = f"{by}@{os.uname().nodename}"
    names = {f"GIT_{who}_NAME": by for who in ("AUTHOR", "COMMITTER")}
    emails = {f"GIT_{who}_EMAIL": email for who in ("AUTHOR", "COMMITTER")}
    return replace(git, env={**git.env, **names, **emails})
