from dataclasses import dataclass
from typing import Protocol

from tests.benchmarks.load.load import Seen

SUSTAINED = 1.03  # a producer that took longer than this part of its time fell behind
P99_MAX_MS = 100.0


@dataclass(frozen=True)
class Step:
    """One rate, held for a while: what was sent, what was seen, what it took."""

    rate: float  # events/s
    count: int
    produced_s: float
    seen: Seen
    server_cpu_s: float
    viewers_cpu_s: float

    @property
    def is_sustained(self) -> bool:
        """All of it came to everybody, in time, and was sent in time."""
        expected = self.count * self.seen.clients
        return (
            self.seen.is_whole(expected)
            and (self.seen.p99 or 0.0) <= P99_MAX_MS
            and self.produced_s <= SUSTAINED * self.count / self.rate + 0.1
        )

    @property
    def deliveries(self) -> float:
        """Events a second, to all viewers together."""
        return self.rate * self.seen.clients

    def details(self) -> dict[str, object]:
        return {
            "rate": self.rate,
            "deliveries": self.deliveries,
            "sustained": self.is_sustained,
            "p50_ms": self.seen.p50,
            "p99_ms": self.seen.p99,
            "missing": self.seen.missing(self.count * self.seen.clients),
            "lost_viewers": max(self.seen.incomplete, self.seen.closes),
            "frames": self.seen.frames,
            "produced_s": round(self.produced_s, 2),
            "server_cpu_s": round(self.server_cpu_s, 2),
            "viewers_cpu_s": round(self.viewers_cpu_s, 2),
        }


class Peer(Protocol):
    """A server whose viewers can be shown one session's events at a rate."""

    name: str
    first_rate: float  # events/s; where its ramp begins

    def step(self, rate: float, seconds: float) -> Step: ...
