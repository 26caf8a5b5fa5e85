# Starts a command that cannot look into processes outside of itself; a program of its
# own, run as `python -I -S confined.py COMMAND...`.
#
# Linux lets a process read the environment and the memory of its user's others in
# /proc, and its ancestors have secrets there: the runner, and the shell that it was
# started from. A process in a Landlock domain may look only into those of the same
# domain, root included. The domain forbids nothing else: Landlock wants some right to
# be handled, and denies moves between directories where that one is not.

import ctypes
import os
import signal
import struct
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # on every architecture
VERSION = 1  # a flag: tell the version instead of creating anything
VERSION_MIN = 2  # of Linux 5.19; before it nothing could be moved between directories
PATH_BENEATH = 1
MAKE_BLOCK, REFER = 1 << 11, 1 << 13
HANDLED = MAKE_BLOCK | REFER
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
# Root's rights to look into all processes, Landlock or not.
SYS_PTRACE, SYS_ADMIN, PERFMON = 19, 21, 38

libc = ctypes.CDLL(None, use_errno=True)


def can_confine() -> bool:
    """Say whether this kernel has Landlock."""
    if sys.platform != "linux":
        return False
    return int(libc.syscall(CREATE_RULESET, None, 0, VERSION)) >= VERSION_MIN


def confine() -> None:
    """Put this process, and all that it starts, into a domain of its own."""
    for capability in (SYS_PTRACE, SYS_ADMIN, PERFMON):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails where it has none
    handled = struct.pack("=Q", HANDLED)
    ruleset = _checked(libc.syscall(CREATE_RULESET, handled, len(handled), 0))
    everything = os.open("/", os.O_PATH)
    allowed = struct.pack("=Qi", HANDLED, everything)
    _checked(libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, allowed, 0))
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(libc.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(everything)
    os.close(ruleset)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return result


if __name__ == "__main__":
    if can_confine():
        confine()
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, for itself
        signal.signal(ignored, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - this is what it is for
