import ctypes
import logging
import os
import sys

from django.conf import settings

from runners.sandbox.landlock import can_confine

logger = logging.getLogger(__name__)
PR_SET_DUMPABLE = 4


def hide_environment() -> None:
    """Make this process non-dumpable: other processes of the user cannot read it.

    A command that Claude runs belongs to the same user, and Linux would show it
    /proc/PID/environ, where the API key came from.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def withhold_keys() -> dict[str, str]:
    """Remove the Claude API's keys from the environment that tools inherit.

    Returns the environment as it was, for the engines.
    """
    environment = dict(os.environ)
    for name in environment:
        if name.startswith("ANTHROPIC_"):
            del os.environ[name]
    return environment


def warn_unless_confined() -> None:
    """Log a warning if a tool's command could read the memory of its parents."""
    if not settings.BASH_WRAPPER and not can_confine():
        logger.warning("event=commands_not_confined see=docs/security.md#tools")
