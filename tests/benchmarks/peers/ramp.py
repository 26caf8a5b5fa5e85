from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.peers.peer import Peer, Step
from tests.benchmarks.plan import Plan

RATE_MIN = 1.0  # events/s
RATE_MAX = 100_000.0


@dataclass
class Ramp:
    """The search for the highest rate that a peer sustains.

    Doubled until it fails, then bisected; where the first rate fails, halved first.
    A rate fails when it fails twice: on a shared machine one failure may be another's.
    """

    peer: Peer
    plan: Plan
    steps: list[Step]

    def best(self) -> float:
        """Return the deliveries a second at the highest sustained rate."""
        good, bad = self._bracket()
        for _ in range(self.plan.bisections):
            if good == 0.0:
                break
            middle = (good + bad) / 2
            good, bad = (middle, bad) if self._holds(middle) else (good, middle)
        return good * self.plan.viewers

    def _bracket(self) -> tuple[float, float]:
        rate = self.peer.first_rate
        if self._holds(rate):
            while rate < RATE_MAX and self._holds(2 * rate):
                rate *= 2
            return rate, 2 * rate
        while rate > RATE_MIN:
            rate /= 2
            if self._holds(rate):
                return rate, 2 * rate
        return 0.0, rate

    def _holds(self, rate: float) -> bool:
        return any(self._tries(rate))

    def _tries(self, rate: float) -> Iterator[bool]:
        for _ in range(2):
            step = self.peer.step(rate, self.plan.step_s)
            self.steps.append(step)
            yield step.is_sustained
