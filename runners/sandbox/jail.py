import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MAX_LINKS = 40
MAX_PATH_CHARS = 4_096
# Each directory on the way is an open file, and all sessions share these.
MAX_DEPTH = 100
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class PathRefused(ValueError):
    """A path that leads out of the working directory, or where no tool may go."""


@dataclass(frozen=True, slots=True)
class JailedPath:
    """An open directory and a name in it that is no symbolic link."""

    directory: int
    name: str
    path: str  # from the root


@contextmanager
def find(root: Path, path: str, *, create: bool = False) -> Iterator[JailedPath]:
    """Walk to a path below `root`; `create` makes the directories on the way.

    Raises PathRefused and OSError.
    """
    if "\0" in path:
        raise PathRefused("a path cannot hold a NUL character")
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        raise PathRefused(f"a path cannot hold half a character: {error}") from None
    if len(path) > MAX_PATH_CHARS:
        raise PathRefused(f"the path is longer than {MAX_PATH_CHARS} characters")
    parts = _below(root, path)
    if ".." in parts:
        raise PathRefused(f"{path}: a path cannot go up with `..`")
    walk = _Walk(root, path, create=create)
    try:
        yield walk.to(parts)
    finally:
        walk.close()


class _Walk:
    """Goes down one name at a time, each opened from its parent's descriptor.

    The kernel never follows a link for us: links are read, and what they name is
    walked like the rest. So a path that somebody changes meanwhile leads to an error
    at worst, never out.
    """

    def __init__(self, root: Path, path: str, *, create: bool) -> None:
        self._root = root
        self._path = path
        self._create = create
        self._open = [os.open(root, DIRECTORY)]
        self._names: list[str] = []
        self._links = 0

    def to(self, parts: Sequence[str]) -> JailedPath:
        ahead = deque(parts)
        while ahead:
            name = ahead.popleft()
            if name == "..":
                self._up()
            elif (target := self._link(name)) is not None:
                ahead.extendleft(reversed(self._follow(target)))
            elif ahead:
                self._down(name)
            else:
                return JailedPath(self._open[-1], name, "/".join([*self._names, name]))
        return JailedPath(self._open[-1], ".", "/".join(self._names) or ".")

    def close(self) -> None:
        while self._open:
            os.close(self._open.pop())

    def _link(self, name: str) -> str | None:
        try:
            return os.readlink(name, dir_fd=self._open[-1])
        except OSError:  # not a link, or not there: opening it will tell
            return None

    def _follow(self, target: str) -> list[str]:
        self._links += 1
        if self._links > MAX_LINKS:
            raise PathRefused(f"{self._path} leads through too many links")
        if target.startswith("/"):
            while self._names:
                self._up()
        return _below(self._root, target)

    def _up(self) -> None:
        if not self._names:
            raise PathRefused(f"{self._path} leads out of the working directory")
        self._names.pop()
        os.close(self._open.pop())

    def _down(self, name: str) -> None:
        if len(self._names) >= MAX_DEPTH:
            raise PathRefused(f"the path is deeper than {MAX_DEPTH} directories")
        if self._create:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=self._open[-1])
        self._open.append(os.open(name, DIRECTORY, dir_fd=self._open[-1]))
        self._names.append(name)


def _below(root: Path, path: str) -> list[str]:
    """Split a path; an absolute one must lie below `root`."""
    if not path.startswith("/"):
        return _split(path)
    pure = PurePosixPath(path)
    if not pure.is_relative_to(root):
        raise PathRefused(f"{path} is outside the working directory {root}")
    return _split(str(pure.relative_to(root)))


def _split(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]
