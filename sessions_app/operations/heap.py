import ctypes
import os
from contextlib import suppress

M_TRIM_THRESHOLD = -1  # as malloc.h of glibc has it; mallopt(3)
TRIM_BYTES = 128 * 1024  # what glibc begins with


def give_back() -> None:
    """Have freed memory go back to the system, for as long as this process runs.

    glibc keeps up to twice the size of the largest block that was ever freed: after one
    large page a server kept what a burst of frames had taken, for good. A limit that is
    set stays where it is; one from the environment does already. Other C libraries keep
    their own ways.
    """
    if "MALLOC_TRIM_THRESHOLD_" in os.environ:
        return
    with suppress(AttributeError):  # no such function there
        ctypes.CDLL(None).mallopt(M_TRIM_THRESHOLD, TRIM_BYTES)
