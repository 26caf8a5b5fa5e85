import sys
from pathlib import Path

import msgspec

from tests.benchmarks.load.job import Begin, Job, Produced
from tests.benchmarks.program import Program


class Production:
    """A producer process, as a benchmark has it work."""

    def __init__(self, env: dict[str, str], directory: Path) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.load.producer"]
        self._program = Program(command, directory, env)
        self._program.hear_until("ready")

    @property
    def pid(self) -> int:
        return self._program.pid

    def begin(self, count: int) -> list[str]:
        """Begin sessions which this producer alone may write; return their ids."""
        self._program.say(msgspec.json.encode(Begin(count)).decode())
        return msgspec.json.decode(self._program.hear(), type=list[str])

    def start(self, job: Job) -> None:
        self._program.say(msgspec.json.encode(job).decode())

    def finish(self) -> Produced:
        """Wait until the job is done."""
        return msgspec.json.decode(self._program.hear(), type=Produced)

    def do(self, job: Job) -> Produced:
        self.start(job)
        return self.finish()

    def end(self) -> None:
        self._program.end()
