import ctypes
import logging
import sys

from django.conf import settings

from runners.sandbox.landlock import can_confine

logger = logging.getLogger(__name__)
PR_SET_DUMPABLE = 4


def hide_environment() -> None:
    """Keep this process's memory and first environment from its user's others.

    A tool that Claude calls runs as the same user, and Linux would show it
    /proc/PID/environ, where the API key came from.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def warn_unless_confined() -> None:
    """Say where commands could look into the processes that started this one."""
    if not settings.BASH_WRAPPER and not can_confine():
        logger.warning("event=commands_not_confined see=docs/security.md#tools")
