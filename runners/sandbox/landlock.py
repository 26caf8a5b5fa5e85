# Puts a process into a Landlock domain, so that it and all that it starts cannot look
# into processes outside, nor signal them. Standard library alone: the supervisor, which
# starts with each command, imports it.
#
# Linux lets a process read the environment and the memory of its user's others in
# /proc, and its ancestors have secrets there: the runner, and the shell that it was
# started from. A process in a Landlock domain may look only into those of the same
# domain, root included; from Linux 6.12 on, it may also signal only those. The domain
# forbids nothing else: Landlock wants some right to be handled, and denies moves
# between directories where that one is not.

import ctypes
import os
import struct
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # on every architecture
VERSION = 1  # a flag: tell the version instead of creating anything
VERSION_MIN = 2  # of Linux 5.19; before it nothing could be moved between directories
PATH_BENEATH = 1
MAKE_BLOCK, REFER = 1 << 11, 1 << 13
HANDLED = MAKE_BLOCK | REFER
SCOPED_VERSION_MIN = 6  # of Linux 6.12
SCOPE_SIGNAL = 1 << 1
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
# Root's rights to look into all processes, Landlock or not.
SYS_PTRACE, SYS_ADMIN, PERFMON = 19, 21, 38

libc = ctypes.CDLL(None, use_errno=True)


def can_confine() -> bool:
    """Tell whether this kernel has Landlock."""
    return sys.platform == "linux" and _version() >= VERSION_MIN


def can_scope_signals() -> bool:
    """Tell whether a domain also keeps signals in."""
    return sys.platform == "linux" and _version() >= SCOPED_VERSION_MIN


def _version() -> int:
    return int(libc.syscall(CREATE_RULESET, None, 0, VERSION))


def confine() -> None:
    """Put this process, and all that it will start, into a domain of its own."""
    for capability in (SYS_PTRACE, SYS_ADMIN, PERFMON):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails where it has none
    handled = struct.pack("=Q", HANDLED)
    if can_scope_signals():  # rights to files, to the network, scopes
        handled = struct.pack("=QQQ", HANDLED, 0, SCOPE_SIGNAL)
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
