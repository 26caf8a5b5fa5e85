# Puts a process into a Landlock domain, so that the process and its descendants can
# neither inspect nor signal processes outside. Standard library alone: the supervisor,
# which starts with each command, imports this module.
#
# Linux lets a process read the environment and memory of its user's other processes
# through /proc, and the ancestors have secrets there: the runner, and the shell that
# started it. A process in a Landlock domain may inspect only processes of the same
# domain, even as root; from Linux 6.12 on, it may also signal only those. The domain
# forbids nothing else: a ruleset must handle some right, and moves between directories
# are denied unless REFER is handled and allowed.

import ctypes
import os
import struct
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # on every architecture
VERSION = 1  # a flag: return the version instead of a ruleset
VERSION_MIN = 2  # Linux 5.19; earlier versions deny all moves between directories
PATH_BENEATH = 1
MAKE_BLOCK, REFER = 1 << 11, 1 << 13
HANDLED = MAKE_BLOCK | REFER
SCOPED_VERSION_MIN = 6  # Linux 6.12
SCOPE_SIGNAL = 1 << 1
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
# Capabilities with which root inspects any process despite Landlock.
SYS_PTRACE, SYS_ADMIN, PERFMON = 19, 21, 38

libc = ctypes.CDLL(None, use_errno=True)


def can_confine() -> bool:
    """Whether this kernel supports Landlock in a usable version."""
    return sys.platform == "linux" and _version() >= VERSION_MIN


def can_scope_signals() -> bool:
    """Whether a domain also restricts signals."""
    return sys.platform == "linux" and _version() >= SCOPED_VERSION_MIN


def _version() -> int:
    return int(libc.syscall(CREATE_RULESET, None, 0, VERSION))


def confine() -> None:
    """Put this process and its future descendants into a new domain."""
    for capability in (SYS_PTRACE, SYS_ADMIN, PERFMON):
        # fails harmlessly without the capability
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    handled = struct.pack("=Q", HANDLED)
    if can_scope_signals():  # fields: file rights, network rights, scopes
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
