from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runners.worktrees.git import Git, GitFailed
from runners.worktrees.only_here import commits_only_here
from runners.worktrees.project import points_at
from runners.worktrees.worktree import Worktree

NAMES_MAX = 3  # names shown of a list; the rest is counted
# Files in a worktree's git directory while an operation waits for a person.
HALF_DONE = {
    "rebase-merge": "a rebase is half done",
    "rebase-apply": "a rebase is half done",
    "MERGE_HEAD": "a merge is half done",
    "CHERRY_PICK_HEAD": "a cherry-pick is half done",
    "REVERT_HEAD": "a revert is half done",
    "BISECT_LOG": "a bisection is half done",
}


def losses(worktree: Worktree) -> list[str]:
    """Describe everything that exists only in the worktree or on its branch.

    Anything that cannot be determined counts as a loss. An empty list means that the
    worktree and its branch can be removed.
    """
    tree, git_dir = Path(worktree.path), Path(worktree.git_dir)
    if not Path(worktree.repository).is_dir():
        gone = f"its repository {worktree.repository} is not there any more"
        return [f"{gone}, so nobody can tell what is only here"] if _has(tree) else []
    try:
        found = [] if git_dir.is_dir() else list(_without_git_dir(tree, git_dir))
        if not found and git_dir.is_dir():
            found = [*_oddities(tree, git_dir), *_half_done(git_dir)]
            found += list(_files(worktree)) if tree.is_dir() else []
        return found + _commits(worktree)
    except GitFailed as error:
        return [f"nobody can tell what is only here: {error}"]


def _has(tree: Path) -> bool:
    return tree.is_dir() and any(tree.iterdir())


def _without_git_dir(tree: Path, git_dir: Path) -> Iterator[str]:
    if _has(tree):
        yield f"git's directory of it, {git_dir}, is gone; its files cannot be compared"


def _oddities(tree: Path, git_dir: Path) -> Iterator[str]:
    """Reasons why git's report about the worktree cannot be trusted."""
    if (git_dir / "locked").exists():
        yield "somebody has locked it (git worktree unlock)"
    if (git_dir / "reftable").exists():
        yield "its references are in a format that Ringside cannot read (reftable)"
    if not points_at(git_dir / "gitdir", tree / ".git"):
        yield "it was moved elsewhere (git worktree list)"
    elif tree.is_dir() and not points_at(tree / ".git", git_dir, prefix="gitdir: "):
        yield f"{tree / '.git'} is no longer the one that git made"


def _half_done(git_dir: Path) -> Iterator[str]:
    there = (text for name, text in HALF_DONE.items() if (git_dir / name).exists())
    yield from dict.fromkeys(there)


def _files(worktree: Worktree) -> Iterator[str]:
    git = worktree.open()
    status = git.run(
        "status", "--porcelain", "-z", "--ignored", "--untracked-files=normal",
        "--no-renames", "--ignore-submodules=dirty",
    )  # fmt: skip
    entries = [(line[:2], line[3:]) for line in status.split("\0") if line]
    ignored = [name for code, name in entries if code == "!!"]
    new = [name for code, name in entries if code == "??"]
    changed = [name for code, name in entries if code not in {"!!", "??"}]
    hidden, submodules = _unlooked(git, Path(worktree.path))
    yield from _counted(changed, "uncommitted change", "uncommitted changes")
    yield from _counted(hidden, "file that git was told not to look at",
                        "files that git was told not to look at")  # fmt: skip
    yield from _counted(new, "new file", "new files")
    yield from _counted(ignored, "ignored file", "ignored files")
    yield from _counted(submodules, "submodule checked out", "submodules checked out")


def _unlooked(git: Git, tree: Path) -> tuple[list[str], list[str]]:
    """Files whose changes `git status` hides, and submodules, which it skips."""
    hidden, submodules = [], []
    # Each entry: tag, mode, id and stage, then the name. A lower-case tag means
    # assume-unchanged; S means skip-worktree, which marks files left out of a sparse
    # checkout.
    for line in git.run("ls-files", "-v", "--stage", "-z").split("\0"):
        about, _, name = line.partition("\t")
        tag, _, rest = about.partition(" ")
        if not name:
            continue
        if rest.startswith("160000"):
            if _has(tree / name):
                submodules.append(name)
        elif (tag.islower() or tag == "S") and _is_there(tree / name):
            hidden.append(name)
    return hidden, submodules


def _is_there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _commits(worktree: Worktree) -> list[str]:
    found = commits_only_here(worktree)
    return list(
        _counted(
            found,
            "commit that no other branch or tag keeps",
            "commits that no other branch or tag keeps",
        )
    )


def _counted(names: Sequence[str], one: str, many: str) -> Iterator[str]:
    if names:
        more = ", …" if len(names) > NAMES_MAX else ""
        shown = ", ".join(_printable(names[:NAMES_MAX]))
        yield f"{len(names)} {one if len(names) == 1 else many} ({shown}{more})"


def _printable(names: Iterable[str]) -> Iterator[str]:
    """Escape names with characters that a terminal would obey or cannot show."""
    for name in names:
        yield name if name.isprintable() else ascii(name)
