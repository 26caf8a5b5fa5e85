"""Random changes of a directory of git, as people and agents make them."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from tests.runners.worktrees.repositories import git

NAMES = st.sampled_from(
    [
        b"a.txt", b"dir/b.txt", b"dir/c c.py", b"d\xc3\xa4r/\xc3\xbc.txt",
        b"caf\xe9.txt",
        b'quo"te', b"tab\tname", b"back\\slash", b"dir", b"x", b"diff --git a", b"-n",
    ]
)  # fmt: skip
LINES = st.lists(
    st.sampled_from(
        [b"one", b"two", b"\ttabs ", b"", b"+plus", b"-minus", b"@@ -1 +1 @@",
         b"diff --git a/x b/x", b"\xff\xfe not utf-8", b"caf\xc3\xa9", b"z" * 300]
    ),
    max_size=25,
)  # fmt: skip
ENDS = st.sampled_from([b"\n", b"\r\n"])


@dataclass(frozen=True)
class Change:
    """What is done to one name."""

    name: bytes
    kind: str  # file, link, exec, delete, move, submodule
    data: bytes = b""
    to: bytes = b""


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    if draw(st.integers(0, 7)) == 0:
        return b"\0binary" + draw(st.binary(max_size=40))
    end = draw(ENDS)
    text = end.join(draw(LINES))
    return text + (end if draw(st.booleans()) else b"")


CHANGES = st.lists(
    st.builds(
        Change,
        NAMES,
        st.sampled_from(
            ["file", "file", "file", "link", "exec", "delete", "move", "submodule"]
        ),
        contents(),
        NAMES,
    ),
    max_size=8,
)


def apply(root: Path, changes: list[Change], *, adds_submodules: bool = True) -> None:
    """Make changes; without `adds_submodules`, those that are there go on alone."""
    for change in changes:
        path = root / os.fsdecode(change.name)
        if change.kind != "submodule":
            _apply(path, change)
        elif adds_submodules or _is_repository(path):
            _commit_in_submodule(path)


def _is_repository(path: Path) -> bool:
    return not path.is_symlink() and (path / ".git").is_dir()


def _commit_in_submodule(path: Path) -> None:
    """Make a repository in the place of what is there, or one more commit in it."""
    if not _is_repository(path):
        _apply(path, Change(b"", "file"))
        _remove(path)
        path.mkdir()
        git(path, "init", "-q", "-b", "main")
    git(path, "commit", "-q", "--allow-empty", "-m", "more")
    (path / "not in it").write_text("not committed there\n")


def _apply(path: Path, change: Change) -> None:
    if change.kind == "delete":
        _remove(path)
    elif change.kind == "move":
        to = path.with_name(os.fsdecode(change.to.replace(b"/", b"_")))
        if path.is_file() and not path.is_symlink() and not to.is_dir():
            path.replace(to)
    elif change.kind == "exec":
        if path.is_file() and not path.is_symlink():
            path.chmod(path.stat().st_mode ^ 0o111)
    else:
        _remove(path)
        parent = path.parent
        if parent.is_symlink() or parent.is_file():
            _remove(parent)
        parent.mkdir(parents=True, exist_ok=True)
        if change.kind == "link":
            path.symlink_to(os.fsdecode(change.data[:20].replace(b"\0", b"_") or b"x"))
        else:
            path.write_bytes(change.data)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
