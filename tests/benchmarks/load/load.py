import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.benchmarks.program import Program
from tests.benchmarks.usage import cpu_seconds


@dataclass(frozen=True)
class Crowd:
    """Viewers to open: who they are and what they wait for."""

    url: str
    sessions: Sequence[str]
    clients: int
    limit_s: float  # then they leave, whatever they have seen
    upto: int = 0  # each leaves when it has seen this seq; 0: none does
    cookie: str = ""
    protocol: Literal["ringside", "hub"] = "ringside"
    slow: int = 0  # so many stop reading after the first frame

    def options(self) -> list[str]:
        options = {
            "-url": self.url,
            "-sessions": ",".join(self.sessions),
            "-clients": str(self.clients),
            "-time": f"{self.limit_s}s",
            "-events": str(self.upto),
            "-cookie": self.cookie,
            "-proto": self.protocol,
            "-slow": str(self.slow),
        }
        return [word for pair in options.items() for word in pair]


@dataclass(frozen=True)
class Seen:
    """What a crowd has received. Latencies are those of live events, in ms."""

    clients: int
    events: int
    frames: int
    holes: int
    repeats: int
    incomplete: int
    closes: int
    seconds: float
    p50: float | None
    p99: float | None
    longest: float | None

    @classmethod
    def parse(cls, line: str) -> "Seen":
        found = dict(re.findall(r"(\w+)=(-?[\d.]+)", line))
        names = ("clients", "events", "frames", "holes", "repeats", "incomplete")
        counts = {name: int(found[name]) for name in (*names, "closes")}
        times = [float(found[name]) for name in ("p50", "p99", "max")]
        return cls(
            **counts,
            seconds=float(found["secs"]),
            p50=times[0] if counts["events"] else None,
            p99=times[1] if counts["events"] else None,
            longest=times[2] if counts["events"] else None,
        )

    def missing(self, expected: int) -> int:
        """Events that were not seen, seen twice, or seen out of place."""
        return max(expected - self.events, 0) + self.holes + self.repeats

    def is_whole(self, expected: int) -> bool:
        """All saw everything, and nobody was cut off."""
        return not (self.missing(expected) or self.incomplete or self.closes)


class Load:
    """A running load generator."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def await_all(self) -> None:
        """Wait until all viewers are there."""
        self._program.hear_until("ready")

    def cpu_s(self) -> float:
        return cpu_seconds(self._program.pid)

    @property
    def is_running(self) -> bool:
        return self._program.is_running

    def seen(self) -> Seen:
        """Wait until all viewers have left."""
        line = self._program.hear_until("clients=")
        self._program.end()
        return Seen.parse(line)

    def end(self) -> None:
        self._program.end()


def load_command(wsload: str | None, crowd: Crowd) -> list[str]:
    """Choose the generator in Go; without Go, the same in Python."""
    generator = (
        [wsload] if wsload else [sys.executable, "-m", "tests.benchmarks.load.wsload"]
    )
    return [*generator, *crowd.options()]
