import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
# Waits end when their condition holds; this bounds what never comes, and is long, for
# a busy machine is no mistake.
PATIENCE_S = 120.0
T = TypeVar("T")


def until(found: Callable[[], T], within: float = PATIENCE_S) -> T:
    """Wait until `found` returns something true; return it."""
    deadline = time.monotonic() + within
    while not (value := found()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {within} s")
        time.sleep(0.02)
    return value


class Process:
    """A real process of the project's; its output goes to files."""

    def __init__(
        self,
        command: Sequence[str],
        env: dict[str, str],
        directory: Path,
        program: str = sys.executable,
    ) -> None:
        number = sum(1 for _ in directory.glob("*.out"))
        self.stdout = directory / f"{number}.out"
        self.stderr = directory / f"{number}.err"
        with self.stdout.open("wb") as out, self.stderr.open("wb") as err:
            self._popen = subprocess.Popen(
                [program, *command],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def code(self) -> int | None:
        return self._popen.poll()

    def output(self) -> str:
        return self.stdout.read_text()

    def errors(self) -> str:
        return self.stderr.read_text()

    def wait(self, within: float = PATIENCE_S) -> int:
        try:
            return self._popen.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs: {self.errors()[-2000:]}") from None

    def prints(self, text: str, within: float = PATIENCE_S) -> str:
        """Wait until the process has printed `text`; return all it printed."""

        def found() -> str:
            if self.code is not None and text not in self.output():
                raise AssertionError(f"ended with {self.code}: {self.errors()}")
            return self.output() if text in self.output() else ""

        return until(found, within)

    def interrupt(self) -> None:
        self._popen.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        self._popen.terminate()

    def suspend(self) -> None:
        """Stop it in its tracks, as SIGSTOP does, until `wake`."""
        self._popen.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._popen.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9, of this one process alone."""
        self._popen.kill()
        self._popen.wait()

    def end(self) -> None:
        """Leave nothing behind, whatever state it is in."""
        if self._popen.poll() is None:
            self._popen.terminate()
            self.wake()
            try:
                self._popen.wait(15)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
        try:
            os.killpg(self._popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
