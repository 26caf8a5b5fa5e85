from dataclasses import dataclass, replace

from django.conf import settings

from runners.review.branch import tip_of
from runners.review.place import ReviewPlace
from runners.review.snapshot import take_snapshot
from runners.ship.branch_move import BranchMove
from runners.ship.identity import identified
from runners.ship.merged_tree import Conflicting, merged_tree
from runners.ship.session_branch import SessionBranch
from runners.worktrees.git import Git, GitFailed
from runners.worktrees.worktree import Worktree

PLAIN = ("--date=raw", "--encoding=UTF-8", "--no-show-signature")
FACTS = "%an%x00%ae%x00%ad%x00%B"


class RebaseStopped(Exception):
    """One commit conflicts with the other branch; nothing has changed."""

    def __init__(self, commit: str, subject: str, conflict: Conflicting) -> None:
        super().__init__("a commit conflicts")
        self.commit = commit
        self.subject = subject
        self.conflict = conflict


@dataclass(frozen=True, slots=True)
class Rebased:
    commit: str  # the newest
    base: str  # the commit that they follow


def rebase(place: ReviewPlace, branch: SessionBranch, by: str) -> Rebased:
    """Put a session's commits on top of the branch that it began from.

    All commits are made before the worktree changes; those whose change is there
    already are left out. Raises GitFailed, RebaseStopped, with nothing changed.
    """
    done = Rebased(branch.head, branch.onto_commit)
    if branch.is_merged(branch.onto_commit, branch.head):
        return done
    commits = _commits(branch)
    git = identified(branch.repository, by)
    new = branch.onto_commit
    for commit in commits:
        new = _on_top(git, commit, new)
    _check_clean(place, branch.head, new)
    own = branch.worktree.open()
    reason = _reason(branch.onto)
    with BranchMove(own, "HEAD", branch.head, new, reason) as move:
        move.move_files(own)
    return replace(done, commit=new)


def earlier_rebase(worktree: Worktree, seen: str) -> Rebased | None:
    """Find the rebase of `seen` by a runner that died before the log had its outcome.

    The last move of the worktree's HEAD says so. Raises GitFailed.
    """
    git = worktree.open()
    if not seen or tip_of(git, "HEAD@{1}") != seen:
        return None
    if git.line("log", "-g", "-1", "--format=%gs", "HEAD") != _reason(worktree.onto):
        return None
    onto = tip_of(worktree.open_repository(), f"refs/heads/{worktree.onto}")
    head = tip_of(git, "HEAD")
    base = git.line("merge-base", head, onto) if onto else ""
    return Rebased(head, base) if base else None


def _reason(onto: str) -> str:
    return f"rebase onto {onto}: Ringside"


def _commits(branch: SessionBranch) -> list[str]:
    """The commits to be moved, oldest first."""
    listed = branch.repository.run(
        "rev-list", "--topo-order", "--reverse", "--parents",
        f"{branch.onto_commit}..{branch.head}",
    )  # fmt: skip
    rows = [line.split() for line in listed.splitlines()]
    if any(len(row) != 2 for row in rows):
        raise GitFailed("the branch has merges of its own: merge it with a commit")
    limit: int = settings.SHIP_COMMITS_MAX
    if len(rows) > limit:
        raise GitFailed(f"the branch has over {limit} commits: merge it with a commit")
    return [row[0] for row in rows]


def _on_top(git: Git, commit: str, base: str) -> str:
    """Make a commit's change on top of another; `base` itself if nothing is left."""
    shown = git.run("show", "-s", *PLAIN, f"--format={FACTS}", commit)
    name, email, date, message = shown.split("\0", 3)
    # Git 2.39 cannot be told from what to merge: a commit that has the commit's parent
    # as its own parent, and the other branch's files, has it find that parent.
    aside = git.run(
        "commit-tree", f"{base}^{{tree}}", "-p", f"{commit}^", "-m", "aside"
    )
    try:
        tree = merged_tree(git, aside.strip(), commit)
    except Conflicting as conflict:
        subject = message.partition("\n")[0]
        raise RebaseStopped(commit, subject, conflict) from None
    if tree == git.line("rev-parse", f"{base}^{{tree}}"):
        return base
    author = {"NAME": name, "EMAIL": email, "DATE": date}
    env = {f"GIT_AUTHOR_{part}": value for part, value in author.items()}
    own = replace(git, env={**git.env, **env})
    text = message.removesuffix("\n")
    return own.run("commit-tree", tree, "-p", base, "-F", "-", stdin=text).strip()


def _check_clean(place: ReviewPlace, head: str, new: str) -> None:
    """Refuse where files were changed since the last commit.

    A runner that died may have left them as they shall be.
    """
    git = place.open()
    trees = {git.line("rev-parse", f"{commit}^{{tree}}") for commit in (head, new)}
    if take_snapshot(place).tree not in trees:
        raise GitFailed("some changes are not committed: commit or discard them first")
