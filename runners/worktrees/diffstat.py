from dataclasses import replace
from pathlib import Path

from runners.worktrees.worktree import Worktree

LINES_MAX_BYTES = 1_000_000  # largest new file whose lines are counted
NEW_FILES_MAX = 1_000  # number of untracked files whose lines are counted


def diffstat(worktree: Worktree) -> Worktree:
    """Count changes since the base, committed or not. Raises GitFailed."""
    git = worktree.open()
    counts = git.run(
        "diff", "--numstat", "--no-ext-diff", "--no-textconv", "--no-renames",
        "--ignore-submodules=all", worktree.base, "--",
    ).splitlines()  # fmt: skip
    rows = [line.split("\t")[:2] for line in counts]
    untracked = git.run("ls-files", "--others", "--exclude-standard", "-z").split("\0")
    new = [name for name in untracked if name]
    added = sum(_number(row[0]) for row in rows)
    added += sum(_lines(Path(worktree.path) / name) for name in new[:NEW_FILES_MAX])
    removed = sum(_number(row[1]) for row in rows)
    return replace(worktree, added=added, removed=removed, files=len(rows) + len(new))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0  # "-": a binary file


def _lines(path: Path) -> int:
    try:
        if path.is_symlink() or not path.is_file():
            return 0
        if path.stat().st_size > LINES_MAX_BYTES:
            return 0
        data = path.read_bytes()
    except OSError:
        return 0
    return 0 if b"\0" in data else len(data.splitlines())
