import subprocess
import tempfile
from pathlib import Path

from hypothesis import Phase, given, settings

from runners.review.comparison import Difference, compare
from runners.review.place import ReviewPlace
from runners.review.snapshot import take_snapshot
from tests.runners.review.trees import CHANGES, Change, apply
from tests.runners.worktrees.repositories import IDENTITY, commit_all, git


def place_of(root: Path, store: Path, scope: Path | None = None) -> ReviewPlace:
    return ReviewPlace(scope or root, root, root / ".git", root / ".git", store)


def raw(root: Path, *words: str) -> bytes:
    done = subprocess.run(
        ["git", *IDENTITY, "-c", "core.quotePath=false", *words],
        cwd=root,
        check=True,
        capture_output=True,
    )
    return done.stdout


def files_of(directory: Path) -> dict[str, bytes]:
    """Every file below, by its path."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(CHANGES, CHANGES, CHANGES)
def test_a_comparison_is_what_git_diff_says_and_the_repository_stays_as_it_was(
    committed: list[Change], staged: list[Change], unstaged: list[Change]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "repository")
        root.mkdir()
        git(root, "init", "-q", "-b", "main")
        apply(root, committed)
        base = commit_all(root, "begin")
        apply(root, staged)
        git(root, "add", "-A")
        # A repository that git was not told of is left out, and said.
        apply(root, unstaged, adds_submodules=False)
        before = files_of(root)
        place = place_of(root, Path(name, "store"))
        seen = take_snapshot(place)
        found = compare(place.open(), base, seen.tree)
        assert files_of(root) == before
        assert seen.head == base
        # The oracle: a person's own git, which may write.
        git(root, "add", "-A")
        said = ("diff", "--cached", "-M", "--full-index", base, "--")
        assert b"".join(one.patch for one in found) == raw(root, *said)
        counted = raw(root, "diff", "--cached", "-M", "--numstat", "-z", base, "--")
        assert numstat(found) == sum_of(counted)


def numstat(found: list[Difference]) -> list[tuple[int, int, bool]]:
    return [(d.path.added, d.path.removed, d.path.binary) for d in found]


def sum_of(counted: bytes) -> list[tuple[int, int, bool]]:
    rows = [
        part.split(b"\t") for part in counted.split(b"\0") if part.count(b"\t") >= 2
    ]
    return [
        (0, 0, True) if a == b"-" else (int(a), int(b), False)
        for a, b, *_ in rows
        if a == b"-" or a.isdigit()
    ]
