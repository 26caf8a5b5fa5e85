import shutil
import stat
from pathlib import Path

from runners.worktrees.git import Git, GitFailed
from runners.worktrees.project import points_at
from runners.worktrees.worktree import Worktree


def remove_worktree(worktree: Worktree) -> str:
    """Remove the worktree and its branch with all content; returns the branch if kept.

    Only this worktree is removed: `git worktree prune` would also drop others whose
    disk is not mounted now. Raises GitFailed.
    """
    tree, git_dir = Path(worktree.path), Path(worktree.git_dir)
    is_registered = points_at(git_dir / "gitdir", tree / ".git")
    if tree.exists():
        _delete(tree)
    if not Path(worktree.repository).is_dir():
        return ""
    git = worktree.open_repository()
    if is_registered:
        git.run("worktree", "remove", "--force", "--force", worktree.path)
    return _remove_branch(git, worktree.branch)


def _remove_branch(git: Git, branch: str) -> str:
    listed = git.run(
        "for-each-ref", "--format=%(refname) %(worktreepath)", f"refs/heads/{branch}"
    )
    if not listed:
        return ""
    _, _, elsewhere = listed.rstrip("\n").partition(" ")
    if elsewhere:  # checked out in another worktree
        return branch
    git.run("branch", "-q", "-D", "--", branch)
    return ""


def _delete(tree: Path) -> None:
    try:
        try:
            shutil.rmtree(tree)
        except PermissionError:
            # Some tools create read-only directories.
            for folder in (tree, *(p for p in tree.rglob("*") if _is_folder(p))):
                folder.chmod(folder.stat().st_mode | stat.S_IRWXU)
            shutil.rmtree(tree)
    except OSError as error:
        raise GitFailed(f"{tree} cannot be removed: {error.strerror}") from None


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
