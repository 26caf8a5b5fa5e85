from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runners.ship.branch_move import BranchMove, checkout_of
from runners.ship.commit import check_rest
from runners.ship.identity import identified
from runners.ship.merged_tree import merged_tree
from runners.ship.session_branch import SessionBranch
from runners.worktrees.git import Git, GitFailed


@dataclass(frozen=True, slots=True)
class Merge:
    """How a session's branch goes back, for whom."""

    how: Literal["forward", "commit"]
    message: str  # "": one is written
    by: str
    busy: Collection[Path]  # directories in which agents work now


@dataclass(frozen=True, slots=True)
class Merged:
    commit: str  # the newest of the other branch
    directory: str  # where that branch is checked out; "": nowhere


def merge(branch: SessionBranch, wanted: Merge) -> Merged:
    """Merge a session's branch into the branch that it began from.

    The files follow where that branch is checked out. What is merged already stays as
    it is. Raises GitFailed, Conflicting, with nothing changed.
    """
    common = Path(branch.worktree.repository)
    place = checkout_of(branch.repository, common, branch.onto)
    shown = str(place[0]) if place else ""
    if branch.is_merged(branch.head, branch.onto_commit):
        return Merged(branch.onto_commit, shown)
    if place:
        _check_quiet(branch.onto, place, wanted.busy)
    new = _made(branch, wanted)
    tree = _tree(place) if place else None
    # The reflog of HEAD, too, has a line of it where the branch is checked out.
    git = tree or branch.repository
    ref = f"refs/heads/{branch.onto}"
    message = f"merge {branch.worktree.branch}: Ringside"
    with BranchMove(git, ref, branch.onto_commit, new, message) as move:
        if tree and place:
            _follow(move, tree, branch.onto, place[0])
    return Merged(new, shown)


def _made(branch: SessionBranch, wanted: Merge) -> str:
    """The commit that the other branch shall have."""
    is_behind = branch.is_merged(branch.onto_commit, branch.head)
    if wanted.how == "forward":
        if not is_behind:
            raise GitFailed(
                f"{branch.onto} has gone on: rebase first, or merge with a commit"
            )
        return branch.head
    git = identified(branch.repository, wanted.by)
    tree = merged_tree(git, branch.onto_commit, branch.head)
    default = f"Merge branch '{branch.worktree.branch}' into {branch.onto}"
    parents = ("-p", branch.onto_commit, "-p", branch.head)
    message = wanted.message.strip() or default
    return git.run("commit-tree", tree, *parents, "-F", "-", stdin=message).strip()


def _check_quiet(onto: str, place: tuple[Path, Path], busy: Collection[Path]) -> None:
    """Refuse where somebody is in the middle of something in the other directory."""
    path, git_dir = place
    if not path.is_dir():
        raise GitFailed(f"{onto} is checked out in {path}, which is not there")
    if any(one == path or path in one.parents for one in busy):
        raise GitFailed(
            f"{onto} is checked out in {path}, where an agent works now: wait"
        )
    try:
        check_rest(git_dir)
    except GitFailed as error:
        raise GitFailed(f"in {path}, where {onto} is checked out, {error}") from None


def _tree(place: tuple[Path, Path]) -> Git:
    path, git_dir = place
    return Git.at(path, GIT_DIR=str(git_dir), GIT_WORK_TREE=str(path))


def _follow(move: BranchMove, tree: Git, onto: str, path: Path) -> None:
    try:
        move.move_files(tree)
    except GitFailed as error:
        raise GitFailed(
            f"{onto} is checked out in {path}, and its files cannot follow. Commit or "
            f"stash what was changed there, then merge again ({error})"
        ) from None
