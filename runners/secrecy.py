import ctypes
import sys

PR_SET_DUMPABLE = 4


def hide_environment() -> None:
    """Keep this process's memory and first environment from its user's others.

    A tool that Claude calls runs as the same user, and Linux would show it
    /proc/PID/environ, where the API key came from.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
