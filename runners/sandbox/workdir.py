import copy
import os
import re
import stat
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Self

from runners.sandbox.existing_file import ExistingFile, check_regular, read_whole
from runners.sandbox.jail import (
    DIRECTORY,
    Check,
    JailedPath,
    PathRefused,
    Target,
    find,
    trace,
)

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW  # opening a FIFO must not block
_CHANGE = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
# Expanded by a shell but by no tool: ~/x, ~name/x, $HOME/x, ${TMPDIR}/x.
_EXPANDED = re.compile(r"(~[^/]*|\$[A-Z_]+|\$\{[A-Z_]+\})(/|$)")


class Workdir:
    """The directory in which an agent works, and the jail of its file tools.

    Paths are relative to the directory, or absolute and inside. The jail does not
    restrict commands. Every method may raise PathRefused and OSError.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).resolve(strict=True)
        self._given = str(Path(root).absolute())
        self._check: Check | None = None
        self.lock = threading.Lock()  # held from reading a file until it is changed

    def guarded(self, check: Check) -> Self:
        """A copy of this workdir that calls `check` before files are touched."""
        guarded = copy.copy(self)
        guarded._check = check
        return guarded

    def trace(self, path: str) -> Target:
        """Resolve where a path leads, whether or not its end exists."""
        return trace(self.root, self._resolved(path))

    def relative(self, path: str) -> str:
        """Resolve a path's links; return it relative to the root."""
        with find(self.root, self._resolved(path)) as place:
            return place.path

    def directory(self, path: str) -> str:
        """Resolve a directory's links; return it relative to the root."""
        with find(self.root, self._resolved(path)) as place:
            status = _status(place)
            if status is None or not stat.S_ISDIR(status.st_mode):
                raise PathRefused(f"{path} is not a directory")
            return place.path

    def read(self, path: str, max_bytes: int) -> bytes:
        """Read a regular file whole."""
        with self.opened(path) as descriptor:
            return read_whole(descriptor, path, max_bytes)

    @contextmanager
    def opened(self, path: str) -> Iterator[int]:
        """Open a regular file for reading; yields its descriptor.

        The descriptor stays valid for this file even if the name is changed.
        """
        with self._find(path) as place:
            descriptor = os.open(place.name, _READ, dir_fd=place.directory)
        try:
            check_regular(path, os.fstat(descriptor))
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def entries(self, path: str) -> Iterator[Iterator[os.DirEntry[str]]]:
        """List a directory; its links are listed, not followed."""
        with self._find(path) as place:
            descriptor = os.open(place.name, DIRECTORY, dir_fd=place.directory)
        try:
            with os.scandir(descriptor) as entries:
                yield entries
        finally:
            os.close(descriptor)

    @contextmanager
    def changing(self, path: str) -> Iterator[ExistingFile]:
        """Open an existing file, for reading and changing it in place."""
        with self._find(path) as place:
            # check first: opening a device can have effects
            if status := _status(place):
                check_regular(path, status)
            descriptor = os.open(place.name, _CHANGE, dir_fd=place.directory)
        try:
            yield ExistingFile(descriptor, path)
        finally:
            os.close(descriptor)

    def create(self, path: str, data: bytes) -> None:
        """Create a file and its parent directories.

        Raises FileExistsError if the name is taken.
        """
        with self._find(path, create=True) as place:
            _refuse_directory(path, place)
            directory = place.directory
            descriptor = os.open(place.name, _CREATE, 0o666, dir_fd=directory)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
            except OSError:  # such as a full disk: remove the incomplete file
                with suppress(OSError):
                    os.unlink(place.name, dir_fd=directory)
                raise

    def _find(
        self, path: str, *, create: bool = False
    ) -> AbstractContextManager[JailedPath]:
        resolved = self._resolved(path)
        return find(self.root, resolved, create=create, check=self._check)

    def _resolved(self, path: str) -> str:
        found = _EXPANDED.match(path)
        if found and not os.path.lexists(self.root / found[1]):
            raise PathRefused(
                f"{path}: {found[1]} is not expanded in a path. Give one relative to "
                f"the working directory {self.root}"
            )
        # The root may have been given as a path through links.
        if path == self._given or path.startswith(f"{self._given}/"):
            return f"{self.root}{path.removeprefix(self._given)}"
        return path


def _status(place: JailedPath) -> os.stat_result | None:
    try:
        return os.stat(place.name, dir_fd=place.directory, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _refuse_directory(path: str, place: JailedPath) -> None:
    status = _status(place)
    if status and stat.S_ISDIR(status.st_mode):
        raise PathRefused(f"{path} is a directory")
