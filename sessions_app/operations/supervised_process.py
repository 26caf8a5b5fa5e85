import logging
import subprocess
import threading
import time
from collections.abc import Sequence

from sessions_app.protocol.backoff import Backoff

logger = logging.getLogger(__name__)
BACK_OFF_FIRST_S = 1.0
BACK_OFF_MAX_S = 30.0
STEADY_S = 60.0  # after running this long, the back-off begins anew
STOP_S = 15.0  # from SIGTERM to SIGKILL


class SupervisedProcess:
    """A child process that is started again when it ends by itself.

    Its stdin is a pipe that only this process holds: however this process ends, the
    pipe closes, and the parent-death guard in the child stops it. The child leads a
    process group of its own, so that Ctrl-C in the terminal reaches it through this
    process, once.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._stopping = threading.Event()
        self._starting = threading.Lock()  # held while `_child` changes
        self._child: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="keeper")

    def start(self) -> None:
        self._keeper.start()

    def stop(self) -> None:
        """Ask the child to end and wait for it; kill it after STOP_S."""
        with self._starting:
            self._stopping.set()
            child = self._child
        if child is not None:
            _end(child)
        if self._keeper.ident is not None:
            self._keeper.join()

    def _keep(self) -> None:
        backoff = Backoff(BACK_OFF_FIRST_S, BACK_OFF_MAX_S)
        while (child := self._start()) is not None:
            began = time.monotonic()
            code = child.wait()
            if child.stdin is not None:
                child.stdin.close()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > STEADY_S:
                backoff.reset()
            delay = backoff.next_s()
            logger.warning("event=child_ended code=%d again_s=%.0f", code, delay)
            self._stopping.wait(delay)

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._starting:
            if self._stopping.is_set():
                return None
            self._child = subprocess.Popen(  # noqa: S603  (our own command line)
                self._command, stdin=subprocess.PIPE, start_new_session=True
            )
            return self._child


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
