import os
import stat
from contextlib import suppress

from runners.sandbox.jail import PathRefused

_SETS_ID = stat.S_ISUID | stat.S_ISGID


class ExistingFile:
    """A regular file that is open for reading and changing in place.

    Writing keeps the inode, owner, mode, extended attributes, hard links and bind
    mounts. It clears setuid and setgid bits, which vouched for the former content.
    """

    def __init__(self, descriptor: int, path: str) -> None:
        """Check an open file. Raises PathRefused unless it may be changed."""
        self._descriptor = descriptor
        self._path = path
        status = os.fstat(descriptor)
        check_regular(path, status)
        if not status.st_mode & 0o222:  # the mode does not stop root, so check it here
            raise PathRefused(
                f"{path} is read-only (mode {stat.S_IMODE(status.st_mode):04o})"
            )

    def read(self, max_bytes: int) -> bytes:
        """Read the whole file. Raises PathRefused if it is larger than `max_bytes`."""
        return read_whole(self._descriptor, self._path, max_bytes)

    def replace(self, old: bytes, new: bytes) -> None:
        """Write `new` in place of `old`, the current content.

        If the disk is full, `old` is kept: the bytes that lengthen the file are written
        first, and the rest overwrites space that is already allocated.
        """
        try:
            _write(self._descriptor, new[len(old) :], len(old))
            _write(self._descriptor, new[: len(old)], 0)
            os.ftruncate(self._descriptor, len(new))
        except OSError:
            with suppress(OSError):
                _write(self._descriptor, old, 0)
            os.ftruncate(self._descriptor, len(old))
            raise
        mode = stat.S_IMODE(os.fstat(self._descriptor).st_mode)
        if mode & _SETS_ID:
            os.fchmod(self._descriptor, mode & ~_SETS_ID)


def read_whole(descriptor: int, path: str, max_bytes: int) -> bytes:
    """Read an open file from its beginning.

    Raises PathRefused if it is larger than `max_bytes`.
    """
    size = os.fstat(descriptor).st_size
    if size > max_bytes:
        raise PathRefused(
            f"{path} is too large: {size:,} bytes, the limit is {max_bytes:,}"
        )
    with open(descriptor, "rb", closefd=False) as file:
        return file.read(max_bytes)


def check_regular(path: str, status: os.stat_result) -> None:
    """Raise PathRefused unless it is a regular file."""
    if stat.S_ISDIR(status.st_mode):
        raise PathRefused(f"{path} is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise PathRefused(f"{path} is not a regular file")


def _write(descriptor: int, data: bytes, offset: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        rest, offset = rest[written:], offset + written
