import ctypes
import gc
import os
from contextlib import suppress

M_TRIM_THRESHOLD = -1  # value in glibc's malloc.h; see mallopt(3)
TRIM_BYTES = 128 * 1024  # glibc's initial value


def give_back() -> None:
    """Return freed memory to the system at once, for the rest of this process's life.

    By default glibc raises its trim threshold to twice the size of the largest block
    ever freed: after one large page, a server kept the memory of a burst of frames for
    good. A threshold that is set explicitly stays fixed, and so does one set by the
    environment. Other C libraries are left alone.
    """
    if "MALLOC_TRIM_THRESHOLD_" in os.environ:
        return
    with suppress(AttributeError):  # the C library has no mallopt
        ctypes.CDLL(None).mallopt(M_TRIM_THRESHOLD, TRIM_BYTES)


def set_aside() -> None:
    """Exempt all that is in memory now from garbage collections, for good.

    A full collection looks at every object while the event loop waits. Modules, classes
    and tables are most of them and never become garbage: in a server with its pages
    loaded they made such a pause 90 ms long. To be called once, after start-up.
    """
    gc.collect()
    gc.freeze()
