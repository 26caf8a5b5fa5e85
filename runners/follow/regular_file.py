import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

# A FIFO would block the open, and a link may lead to a file that is no transcript.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read it, if it is a regular one and no link. Raises OSError."""
    file = os.fdopen(os.open(path, _FLAGS), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "no regular file", str(path))
    return file


def read_regular(path: Path, max_bytes: int) -> bytes:
    """Read a file that is no longer than `max_bytes`. Raises OSError."""
    with open_regular(path) as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise OSError(errno.EFBIG, f"more than {max_bytes:,} bytes", str(path))
    return data
