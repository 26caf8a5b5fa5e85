import os
import re
from collections.abc import Iterator
from pathlib import Path

from runners.worktrees.git import Git
from runners.worktrees.worktree import Worktree

# An object id, SHA-1 or SHA-256.
ID = re.compile(rb"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])")
INDEX = "index"  # binary; `git status` covers it
SUBMODULES = "modules"  # whole repositories, checked separately


def commits_only_here(worktree: Worktree) -> list[str]:
    """List the commits that only the worktree and its branch keep, newest first.

    An id in any file of the worktree's git directory may be the only reference to a
    commit: HEAD, a reflog, FETCH_HEAD, the state of a rebase. Commits are safe if they
    are reachable from the repository's other references or from the HEADs of its other
    worktrees. The stash does not count as safe, because it is easily dropped. Raises
    GitFailed.
    """
    git = worktree.open_repository()
    branch = f"refs/heads/{worktree.branch}"
    tips = git.run("for-each-ref", "--format=%(objectname)", branch).split()
    tips += _existing(git, sorted(set(_ids(worktree))))
    if not tips:
        return []
    listed = git.run(
        "rev-list", "--stdin", "--oneline", "--single-worktree", "--not",
        f"--exclude={branch}", "--exclude=refs/stash", "--all",
        *_other_heads(git, worktree),
        stdin="".join(f"{tip}\n" for tip in tips),
    )  # fmt: skip
    return listed.splitlines()


def _ids(worktree: Worktree) -> Iterator[str]:
    """Yield every id that git's files of the worktree and its branch contain."""
    reflog = Path(worktree.repository, "logs/refs/heads", worktree.branch)
    files = [reflog] if reflog.is_file() else []
    for folder, below, names in os.walk(worktree.git_dir):
        if folder == worktree.git_dir and SUBMODULES in below:
            below.remove(SUBMODULES)
        files += [Path(folder, name) for name in names if name != INDEX]
    for path in files:
        if path.is_file():
            for found in ID.findall(path.read_bytes()):
                yield found.decode()


def _existing(git: Git, ids: list[str]) -> list[str]:
    """Keep the ids of commits and tags that exist in the repository."""
    checked = git.run(
        "cat-file", "--batch-check=%(objectname) %(objecttype)",
        stdin="".join(f"{id_}\n" for id_ in ids),
    )  # fmt: skip
    kinds = (line.split(" ", 1) for line in checked.splitlines())
    return [id_ for id_, kind in kinds if kind in {"commit", "tag"}]


def _other_heads(git: Git, worktree: Worktree) -> Iterator[str]:
    """Yield the HEAD commits of the repository's other worktrees."""
    path = ""
    for line in git.run("worktree", "list", "--porcelain").splitlines():
        word, _, rest = line.partition(" ")
        if word == "worktree":
            path = rest
        elif word == "HEAD" and path != worktree.path and rest.strip("0"):
            yield rest
