import os
import posixpath
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MAX_LINKS = 40
MAX_PATH_CHARS = 4_096
# Each directory of a walk is an open file, and all sessions share the process's limit.
MAX_DEPTH = 100
HEAD = "HEAD"  # git recognizes a repository by this file, see protected_path
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class PathRefused(ValueError):
    """A path leads out of the working directory, or to a place no tool may touch."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a path leads; its last names may not exist yet."""

    path: str  # relative to the root, with links resolved
    names: tuple[str, ...] = ()  # the path before each link was followed
    beside_head: tuple[str, ...] = ()  # names in the path that have a sibling HEAD


# Called with the target about to be opened or created; raises if that is forbidden.
Check = Callable[[Target], None]


@dataclass(frozen=True, slots=True)
class JailedPath:
    """An open directory (a file descriptor) and a name in it that is no symlink."""

    directory: int
    name: str
    target: Target

    @property
    def path(self) -> str:
        return self.target.path


@contextmanager
def find(
    root: Path, path: str, *, create: bool = False, check: Check | None = None
) -> Iterator[JailedPath]:
    """Walk to a path below `root`; `create` creates missing directories on the way.

    `check` is called before a directory is created, and again with the open directory
    in which the walk ends. Raises PathRefused and OSError.
    """
    walk = _Walk(root, path, create=create, check=check)
    try:
        yield walk.to(_parts(root, path))
    finally:
        walk.close()


def trace(root: Path, path: str) -> Target:
    """Resolve a path without opening its end; missing directories count as plain ones.

    Raises PathRefused, and OSError for any other obstacle.
    """
    walk = _Walk(root, path)
    try:
        return walk.to(_parts(root, path)).target
    except FileNotFoundError:
        return walk.target
    finally:
        walk.close()


def _parts(root: Path, path: str) -> list[str]:
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
    return parts


class _Walk:
    """Walks down one name at a time, each opened from its parent's descriptor.

    The kernel never follows a link: links are read, and their targets are walked in the
    same way. So a path that is changed during the walk causes an error at worst, and
    never leads out.
    """

    def __init__(
        self,
        root: Path,
        path: str,
        *,
        create: bool = False,
        check: Check | None = None,
    ) -> None:
        self._root = root
        self._path = path
        self._create = create
        self._check = check
        self._open = [os.open(root, DIRECTORY)]
        self._names: list[str] = []
        self._ahead: deque[str] = deque()
        self._called: list[str] = []  # the path before each link was followed
        self._beside_head: list[bool] = []  # for each name in _names
        self._links = 0

    @property
    def target(self) -> Target:
        """Where the walk leads from here if no further link is met."""
        names = [*self._names, *self._ahead]
        path = "/".join(names) or "."
        beside = zip(names, [*self._beside_head, self._has_head()], strict=False)
        return Target(
            path,
            tuple(called for called in self._called if called != path),
            tuple(name for name, is_beside in beside if is_beside),
        )

    def to(self, parts: Sequence[str]) -> JailedPath:
        self._ahead.extend(parts)
        while self._ahead:
            name = self._ahead[0]
            if name == "..":
                self._ahead.popleft()
                self._up()
            elif (target := self._link(name)) is not None:
                self._follow(target)
            elif len(self._ahead) > 1:
                self._down(name)
            else:
                return self._found(name)
        return self._found(".")

    def close(self) -> None:
        while self._open:
            os.close(self._open.pop())

    def _found(self, name: str) -> JailedPath:
        target = self.target
        if self._check:
            self._check(target)
        return JailedPath(self._open[-1], name, target)

    def _link(self, name: str) -> str | None:
        try:
            return os.readlink(name, dir_fd=self._open[-1])
        except OSError:  # not a link, or missing: opening it reports that
            return None

    def _follow(self, target: str) -> None:
        self._called.append(posixpath.normpath("/".join([*self._names, *self._ahead])))
        self._links += 1
        if self._links > MAX_LINKS:
            raise PathRefused(f"{self._path} leads through too many links")
        if target.startswith("/"):
            while self._names:
                self._up()
        self._ahead.popleft()
        self._ahead.extendleft(reversed(_below(self._root, target)))

    def _up(self) -> None:
        if not self._names:
            raise PathRefused(f"{self._path} leads out of the working directory")
        self._names.pop()
        self._beside_head.pop()
        os.close(self._open.pop())

    def _down(self, name: str) -> None:
        if len(self._names) >= MAX_DEPTH:
            raise PathRefused(f"the path is deeper than {MAX_DEPTH} directories")
        try:
            opened = self._opened(name)
        except FileNotFoundError:
            if ".." in self._ahead:
                raise PathRefused(
                    f"{self._path} leads up out of {name}, which is not there"
                ) from None
            if not self._create:
                raise
            opened = self._made(name)
        self._beside_head.append(self._has_head())
        self._open.append(opened)
        self._names.append(name)
        self._ahead.popleft()

    def _opened(self, name: str) -> int:
        return os.open(name, DIRECTORY, dir_fd=self._open[-1])

    def _made(self, name: str) -> int:
        if self._check:
            self._check(self.target)
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=self._open[-1])
        return self._opened(name)

    def _has_head(self) -> bool:
        """Whether the current directory has an entry HEAD."""
        try:
            os.stat(HEAD, dir_fd=self._open[-1], follow_symlinks=False)
        except OSError:
            return False
        return True


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
