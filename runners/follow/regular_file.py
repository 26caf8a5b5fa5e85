import errno
import os
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

# A FIFO would block the open, and a link may lead to a file that is no transcript.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def open_regular(path: Path, root: Path | None = None) -> BinaryIO:
    """Open a file to read it, if it is a regular one and no link. Raises OSError.

    `root`: no directory between it and the file may be a link either. An agent writes
    there, and a link could have another directory's transcripts published.
    """
    with ExitStack() as stack:
        at: int | None = None
        *above, name = path.relative_to(root).parts if root else (str(path),)
        if root is not None:
            at = os.open(root, _DIRECTORY)
            stack.callback(os.close, at)
        for one in above:
            at = os.open(one, _DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            stack.callback(os.close, at)
        file = os.fdopen(os.open(name, _FLAGS, dir_fd=at), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "no regular file", str(path))
    return file


def read_regular(path: Path, max_bytes: int, root: Path | None = None) -> bytes:
    """Read a file that is no longer than `max_bytes`. Raises OSError."""
    with open_regular(path, root) as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise OSError(errno.EFBIG, f"more than {max_bytes:,} bytes", str(path))
    return data
