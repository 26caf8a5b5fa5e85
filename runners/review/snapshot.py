import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from runners.review.place import ReviewPlace
from runners.worktrees.git import Git, GitFailed

# A list of files with a letter for each: a lower-case one means assume-unchanged, S
# means skip-worktree. Either hides the changes of a file.
HIDDEN = ("ls-files", "-v", "-z")
CHANGED = (
    "ls-files",
    "-z",
    "--modified",
    "--deleted",
    "--others",
    "--exclude-standard",
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The content of a directory at one time, as a tree of git."""

    tree: str
    head: str  # the commit that is checked out; "": none yet
    branch: str
    note: str = ""  # what was left out, in words


def take_snapshot(place: ReviewPlace) -> Snapshot:
    """Store the directory as a tree; ignored files are left out. Raises GitFailed.

    Neither the repository nor its index is written.
    """
    git = place.open()
    place.copy_index()
    _reveal(git, place.scope)
    note = stage(git, place.scope)
    # A partial clone lacks objects, and none is fetched.
    tree = git.line("write-tree", "--missing-ok")
    return Snapshot(tree, _head(git), _branch(git), note)


def stage(git: Git, scope: Path) -> str:
    """Put all that has changed into git's index; says what was left out.

    Unlike `git add`, this starts no git in submodules, whose configuration names
    programs. Raises GitFailed.
    """
    names = git.run(*CHANGED).split("\0")
    # In order, so that a file goes before the files of a directory in its place.
    kept, note = _affordable(scope, sorted(set(filter(None, names))))
    git.run(
        "update-index", "-z", "--add", "--remove", "--replace", "--stdin",
        stdin="\0".join(kept),
    )  # fmt: skip
    return note


def _reveal(git: Git, scope: Path) -> None:
    """Have git look at files that it was told not to look at."""
    entries = [(line[:1], line[2:]) for line in git.run(*HIDDEN).split("\0") if line]
    assumed = [name for tag, name in entries if tag.islower()]
    skipped = [n for tag, n in entries if tag in "Ss" and (scope / n).exists()]
    for names, option in (
        (assumed, "--no-assume-unchanged"),
        (skipped, "--no-skip-worktree"),
    ):
        if names:
            git.run("update-index", option, "-z", "--stdin", stdin="\0".join(names))


def _affordable(scope: Path, names: list[str]) -> tuple[list[str], str]:
    """Choose the files that are looked at; also says which are not."""
    repositories = [name for name in names if name.endswith("/")]
    sized = [(name, _size(scope / name)) for name in names if name[-1] != "/"]
    limit: int = settings.REVIEW_FILE_MAX_BYTES
    large = [name for name, size in sized if size > limit]
    kept: list[str] = []
    total = 0
    for name, size in sized:
        total += size if size <= limit else 0
        is_over = total > settings.REVIEW_TOTAL_MAX_BYTES
        if is_over or len(kept) == settings.REVIEW_PATHS_MAX:
            break
        if size <= limit:
            kept.append(name)
    more = len(sized) - len(kept) - len(large)
    note = "; ".join(_left_out(repositories, large, max(0, more)))
    return kept, note


def _left_out(repositories: list[str], large: list[str], more: int) -> Iterator[str]:
    if repositories:
        several = _many(len(repositories), "repository", "repositories")
        yield f"{several} within, not looked into"
    if large:
        limit = settings.REVIEW_FILE_MAX_BYTES // 2**20
        yield f"{_many(len(large), 'file', 'files')} of over {limit} MiB left out"
    if more:
        yield f"{_many(more, 'more file', 'more files')} left out: too many at once"


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _size(path: Path) -> int:
    """The bytes that git would read; 0 of what is no regular file, or gone."""
    try:
        status = path.lstat()
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _head(git: Git) -> str:
    try:
        return git.line("rev-parse", "-q", "--verify", "HEAD^{commit}")
    except GitFailed:
        return ""


def _branch(git: Git) -> str:
    try:
        return git.line("symbolic-ref", "-q", "--short", "HEAD")
    except GitFailed:
        return ""
