import os
import re
from collections.abc import Iterator
from pathlib import Path

from runners.worktrees.git import Git
from runners.worktrees.worktree import Worktree

# An object's id, in a repository of SHA-1 or of SHA-256.
ID = re.compile(rb"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])")
INDEX = "index"  # names objects in binary; `git status` knows it
SUBMODULES = "modules"  # whole repositories, which are looked at by themselves


def commits_only_here(worktree: Worktree) -> list[str]:
    """List the commits that go with the tree and its branch, newest first.

    An id in any file of git's directory of the tree may be all that leads to a commit:
    HEAD, a reflog, FETCH_HEAD, the state of a rebase. What stays are the repository's
    other references and the HEADs of its other trees. The stash stays as well, but is
    easily dropped, so it keeps no commit here. Raises GitFailed.
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
    """Read every id that git has written down for the tree and its branch."""
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
    """Keep the ids of commits, and of tags, that the repository has."""
    checked = git.run(
        "cat-file", "--batch-check=%(objectname) %(objecttype)",
        stdin="".join(f"{id_}\n" for id_ in ids),
    )  # fmt: skip
    kinds = (line.split(" ", 1) for line in checked.splitlines())
    return [id_ for id_, kind in kinds if kind in {"commit", "tag"}]


def _other_heads(git: Git, worktree: Worktree) -> Iterator[str]:
    """Name what the repository's other trees have checked out."""
    path = ""
    for line in git.run("worktree", "list", "--porcelain").splitlines():
        word, _, rest = line.partition(" ")
        if word == "worktree":
            path = rest
        elif word == "HEAD" and path != worktree.path and rest.strip("0"):
            yield rest
