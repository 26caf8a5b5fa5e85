import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers.process import ROOT


class Program:
    """A process that we talk with in lines; what it complains of goes to a file."""

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        env: Mapping[str, str] | None = None,
    ) -> None:
        number = sum(1 for _ in directory.glob("program*.err"))
        self._errors = directory / f"program{number}.err"
        with self._errors.open("wb") as errors:
            self._popen = subprocess.Popen(
                command,
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    def say(self, line: str) -> None:
        assert self._popen.stdin is not None
        self._popen.stdin.write(line + "\n")
        self._popen.stdin.flush()

    def hear(self) -> str:
        """Wait for a line; the end of the program is an error."""
        assert self._popen.stdout is not None
        line = self._popen.stdout.readline()
        if not line:
            self._popen.wait()
            raise RuntimeError(f"{self._popen.args!r}: {self._errors.read_text()}")
        return line.rstrip("\n")

    def hear_until(self, wanted: str) -> str:
        """Pass over lines until one has the wanted text."""
        while wanted not in (line := self.hear()):
            pass
        return line

    def end(self) -> None:
        if self.is_running:
            self._popen.terminate()
            try:
                self._popen.wait(10)
            except subprocess.TimeoutExpired:
                self._popen.kill()
        self._popen.communicate()
