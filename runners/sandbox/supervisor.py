# Runs one command and ends every process that the command started, `setsid` or not. A
# separate program, see `supervised.py`; standard library alone, because it starts with
# each call.
#
# The supervisor is a subreaper: a process whose parent ends becomes the supervisor's
# child, not init's. So no process can leave the tree below the supervisor.
#
# Its standard input is a pipe that the runner holds: end of file means that the runner
# has died. SIGTERM means that the command is to end. In both cases the tree first has
# TERM_S to end by itself, in which git removes its locks, and is then killed.

import ctypes
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from runners.sandbox import landlock
from runners.sandbox.process_tree import descendants, signal_all

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
TERM_S = 2.0  # from SIGTERM to SIGKILL, for a command that is told to end
LEFT_TERM_S = 0.5  # the same, for processes that a command leaves in the background
KILL_S = 5.0  # for killed processes to disappear
IS_LINUX = sys.platform == "linux"
CONFINED, BARE, IN_FRONT = "confined", "bare", "in_front"
_IGNORED = (
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)


class Supervisor:
    def __init__(
        self, argv: Sequence[str], *, is_confined: bool, keeps_input: bool = False
    ) -> None:
        self._argv = argv
        self._is_confined = is_confined
        self._keeps_input = keeps_input  # standard input is the command's own
        self._status: int | None = None  # the command's wait status, once it has ended
        self._signals, self._wakeup = os.pipe()

    def run(self) -> int:
        """Run the command; return its wait status."""
        if IS_LINUX:
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._listen()
        self._child = os.fork()
        if self._child == 0:
            self._become_command()
        is_told = self._wait_for_command()
        self._end_all(TERM_S if is_told else LEFT_TERM_S)
        return self._status if self._status is not None else signal.SIGKILL

    def _listen(self) -> None:
        for ignored in _IGNORED:
            signal.signal(ignored, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, lambda received, frame: None)
        os.set_blocking(self._wakeup, False)
        signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)

    def _become_command(self) -> None:
        """Turn the forked child into the command."""
        try:
            signal.set_wakeup_fd(-1)
            # Python ignores SIGPIPE and SIGXFSZ in its own process.
            for number in (*_IGNORED, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE,
                           signal.SIGXFSZ):  # fmt: skip
                signal.signal(number, signal.SIG_DFL)
            os.setpgid(0, 0)  # `kill 0` reaches the command, not its supervisor
            if IS_LINUX:
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if not self._keeps_input:
                nothing = os.open(os.devnull, os.O_RDONLY)
                os.dup2(nothing, 0)
                os.close(nothing)
            if self._is_confined and landlock.can_confine():
                landlock.confine()
            os.execvp(self._argv[0], [*self._argv])  # noqa: S606 - what this is for
        except OSError as error:
            os.write(2, f"{self._argv[0]}: {error.strerror or error}\n".encode())
        finally:
            os._exit(127)

    def _wait_for_command(self) -> bool:
        """Wait until the command has ended (False) or is to be ended (True)."""
        while self._status is None:
            watched = [self._signals] if self._keeps_input else [0, self._signals]
            ready, _, _ = select.select(watched, [], [])
            if 0 in ready:
                return True  # nothing is ever written, so this is the end of file
            if signal.SIGTERM in os.read(self._signals, 4096):
                return True
            self._reap()
        return False

    def _end_all(self, patience_s: float) -> None:
        """End the whole tree, and wait until it is gone."""
        if not IS_LINUX:  # without a subreaper and /proc only the group is known
            signal_all([-self._child])
        if not self._reap():
            return
        signal_all(self._tree(), signal.SIGTERM)
        deadline = time.monotonic() + patience_s
        while self._reap() and time.monotonic() < deadline:
            self._pause(deadline - time.monotonic())
        deadline = time.monotonic() + KILL_S
        while self._reap() and time.monotonic() < deadline:
            signal_all(self._tree())  # again: a parent may just have forked
            self._pause(0.01)

    def _pause(self, max_s: float) -> None:
        """Wait for the next signal."""
        if select.select([self._signals], [], [], max(max_s, 0.0))[0]:
            os.read(self._signals, 4096)

    def _tree(self) -> list[int]:
        found = descendants(os.getpid())
        return found or ([self._child] if self._status is None else [])

    def _reap(self) -> bool:
        """Collect children that have ended; returns whether any are left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._child:
                self._status = status


def exit_as(status: int) -> None:
    """End this process with the command's wait status."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(OSError, ValueError):  # KILL and STOP have no handler
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1)


def run_in_front(argv: Sequence[str]) -> int:
    """Run a command that has standard input of its own; return its wait status.

    This process only stands before the supervisor, in the process group that the runner
    kills, and that dies with the runner. The supervisor is in another session; the
    kernel sends it SIGTERM when this process dies, in whatever way.
    """
    me = os.getpid()
    supervisor = os.fork()
    if supervisor == 0:
        os.setsid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != me:
            os._exit(1)
        exit_as(Supervisor(argv, is_confined=False, keeps_input=True).run())
    signal.signal(signal.SIGTERM, lambda number, frame: os.kill(supervisor, number))
    return os.waitpid(supervisor, 0)[1]


def main(words: Sequence[str]) -> None:
    how, *argv = words
    if how == IN_FRONT:
        exit_as(run_in_front(argv))
    exit_as(Supervisor(argv, is_confined=how == CONFINED).run())
