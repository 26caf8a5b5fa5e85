from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from runners.review.git_name import git_name
from runners.review.place import ReviewPlace
from runners.review.snapshot import stage, take_snapshot
from runners.ship.identity import identified
from runners.ship.restore import CHANGED_SINCE, differing
from runners.worktrees.git import Git, GitFailed
from runners.worktrees.losses import HALF_DONE

UPDATE = ("update-index", "-z", "--add", "--remove", "--replace", "--stdin")


def commit(
    place: ReviewPlace, message: str, seen: str, by: str, paths: Iterable[str] = ()
) -> str:
    """Commit files of the directory as they were seen; returns the commit's id.

    `paths` are as an event names them; none: all. Of others, what git's index holds
    stays there. No hook runs, and nothing is signed. `seen` is the tree that the person
    looked at. Raises GitFailed, with nothing committed.
    """
    check_rest(place.git_dir)
    if take_snapshot(place).tree != seen:
        raise GitFailed(CHANGED_SINCE)
    git = identified(place.open_repository(), by)
    head = git.line("rev-parse", "-q", "--verify", "HEAD") if _has_head(git) else ""
    wanted = frozenset(paths)
    tree = _chosen(place, git, head, seen, wanted) if wanted else _all(place, git)
    if head and git.line("rev-parse", f"{head}^{{tree}}") == tree:
        raise GitFailed("nothing has changed since the last commit")
    parents = ("-p", head) if head else ()
    made = git.run("commit-tree", tree, *parents, "-F", "-", stdin=message).strip()
    subject = message.strip().partition("\n")[0]
    git.run("update-ref", "-m", f"commit: {subject}", "HEAD", made, head or "0" * 40)
    return made


def _all(place: ReviewPlace, git: Git) -> str:
    stage(git, place.scope)
    return git.line("write-tree")


def _chosen(
    place: ReviewPlace, git: Git, head: str, seen: str, wanted: frozenset[str]
) -> str:
    """Write the last commit's tree with the chosen files as they are now."""
    since = head or git.line("hash-object", "-t", "tree", "/dev/null")
    looking = place.open()
    names = [
        name for name, _ in differing(looking, since, seen) if git_name(name) in wanted
    ]
    if not names:
        raise GitFailed("nothing has changed in these files since the last commit")
    index = str(place.store / "commit-index")
    apart = replace(git, env={**git.env, "GIT_INDEX_FILE": index})
    apart.run("read-tree", *([head] if head else ["--empty"]))
    listed = "\0".join(sorted(names))
    apart.run(*UPDATE, stdin=listed)
    tree = apart.line("write-tree")
    if {name for name, _ in differing(looking, tree, seen)} & set(names):
        raise GitFailed(CHANGED_SINCE)
    git.run(*UPDATE, stdin=listed)
    return tree


def check_rest(git_dir: Path) -> None:
    """Refuse where a merge or the like waits for a person. Raises GitFailed."""
    for name, words in HALF_DONE.items():
        if (git_dir / name).exists():
            raise GitFailed(f"{words}: finish it first")


def _has_head(git: Git) -> bool:
    return git.succeeds("rev-parse", "-q", "--verify", "HEAD")
