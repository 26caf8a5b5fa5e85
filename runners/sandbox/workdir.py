import copy
import os
import secrets
import stat
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runners.sandbox.jail import (
    DIRECTORY,
    Check,
    JailedPath,
    PathRefused,
    Target,
    find,
    trace,
)

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW  # a FIFO does not hold us up
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which version of a file this is."""

    inode: int
    size: int
    mtime_ns: int

    def __str__(self) -> str:
        return f"{self.inode}.{self.size}.{self.mtime_ns}"


class Workdir:
    """Where an agent works, and the jail of its file tools; commands are not held.

    Paths are relative to it, or absolute and inside. Every call may raise PathRefused
    and OSError.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve(strict=True)
        self._given = str(Path(root).absolute())
        self._check: Check | None = None
        self.lock = threading.Lock()  # held by who reads a file and then writes it

    def guarded(self, check: Check) -> Self:
        """The same directory, in which `check` is asked before files are touched."""
        guarded = copy.copy(self)
        guarded._check = check
        return guarded

    def trace(self, path: str) -> Target:
        """Tell where a path leads, whether or not its end is there yet."""
        return trace(self.root, self._resolved(path))

    def relative(self, path: str) -> str:
        """Answer where a path really lies, from the root."""
        with find(self.root, self._resolved(path)) as place:
            return place.path

    def directory(self, path: str) -> str:
        """Answer where a directory really lies, from the root."""
        with find(self.root, self._resolved(path)) as place:
            status = _status(place)
            if status is None or not stat.S_ISDIR(status.st_mode):
                raise PathRefused(f"{path} is not a directory")
            return place.path

    def read(self, path: str, max_bytes: int) -> tuple[bytes, Stamp]:
        """Read a regular file whole."""
        with self.opened(path) as descriptor:
            status = os.fstat(descriptor)
            if status.st_size > max_bytes:
                size = f"{status.st_size:,} bytes, the limit is {max_bytes:,}"
                raise PathRefused(f"{path} is too large: {size}")
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(max_bytes), _stamp(status)

    @contextmanager
    def opened(self, path: str) -> Iterator[int]:
        """Open a regular file for as long as the context lasts; answers a descriptor.

        What is read from it is this file's, whatever becomes of its name.
        """
        with self._find(path) as place:
            descriptor = os.open(place.name, _READ, dir_fd=place.directory)
        try:
            _check_regular(path, os.fstat(descriptor))
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def entries(self, path: str) -> Iterator[Iterator[os.DirEntry[str]]]:
        """List a directory, its links not followed."""
        with self._find(path) as place:
            descriptor = os.open(place.name, DIRECTORY, dir_fd=place.directory)
        try:
            with os.scandir(descriptor) as entries:
                yield entries
        finally:
            os.close(descriptor)

    def stamp(self, path: str) -> Stamp | None:
        """Which version of a file there is now, if any."""
        with find(self.root, self._resolved(path)) as place:
            status = _status(place)
            return _stamp(status) if status else None

    def write(self, path: str, data: bytes) -> Stamp:
        """Replace or create a file at once, its directories too."""
        with self._find(path, create=True) as place:
            status = _status(place)
            if status:
                _check_regular(path, status)
            return _replace(place, data, status)

    def _find(
        self, path: str, *, create: bool = False
    ) -> AbstractContextManager[JailedPath]:
        resolved = self._resolved(path)
        return find(self.root, resolved, create=create, check=self._check)

    def _resolved(self, path: str) -> str:
        # The root may be given by a name that goes through links.
        if path == self._given or path.startswith(f"{self._given}/"):
            return f"{self.root}{path.removeprefix(self._given)}"
        return path


def _status(place: JailedPath) -> os.stat_result | None:
    try:
        return os.stat(place.name, dir_fd=place.directory, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _check_regular(path: str, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise PathRefused(f"{path} is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise PathRefused(f"{path} is not a regular file")


def _replace(place: JailedPath, data: bytes, old: os.stat_result | None) -> Stamp:
    """Write beside the file and rename, so that nobody reads half of it."""
    directory = place.directory
    temporary = f".{secrets.token_hex(8)}.tmp"
    descriptor = os.open(temporary, _CREATE, 0o666, dir_fd=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if old:
                os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
            file.flush()
            stamp = _stamp(os.fstat(descriptor))
        os.rename(temporary, place.name, src_dir_fd=directory, dst_dir_fd=directory)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=directory)
        raise
    return stamp


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_ino, status.st_size, status.st_mtime_ns)
