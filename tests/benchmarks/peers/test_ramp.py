import pytest

from tests.benchmarks.load.load import Seen
from tests.benchmarks.peers.peer import Step
from tests.benchmarks.peers.ramp import Ramp
from tests.benchmarks.plan import FULL
from tests.benchmarks.result import quantile, ratio

LINE = (
    "clients=2 events=20 frames=9 holes=1 repeats=0 incomplete=0 closes=0 map[] "
    "reconnects=0 secs=1.50 events/s=13 latency_ms p50=1.25 p90=2.00 p99=9.75 max=12.00"
)


class Sustains:
    """A peer that sustains so many events a second, and no more."""

    name = "sustains"
    first_rate = 100.0

    def __init__(self, most: float) -> None:
        self.most = most
        self.rates: list[float] = []

    def step(self, rate: float, seconds: float) -> Step:
        self.rates.append(rate)
        count = round(rate * seconds)
        late = 5.0 if rate <= self.most else 500.0
        seen = Seen(
            clients=FULL.viewers,
            events=count * FULL.viewers,
            frames=count,
            holes=0,
            repeats=0,
            incomplete=0,
            closes=0,
            seconds=seconds,
            p50=late,
            p99=late,
            longest=late,
        )
        return Step(rate, count, seconds, seen, 0.0, 0.0)


@pytest.mark.parametrize("most", [3.0, 70.0, 100.0, 999.0, 5_000.0])
def test_a_ramp_finds_the_rate_within_its_last_bisection(most: float) -> None:
    best = Ramp(Sustains(most), FULL, []).best() / FULL.viewers
    assert best <= most <= best * (1 + 2**-FULL.bisections)


def test_a_rate_fails_only_when_it_has_failed_twice() -> None:
    peer = Sustains(150.0)
    Ramp(peer, FULL, []).best()
    assert peer.rates.count(200.0) == 2
    assert peer.rates.count(100.0) == 1


def test_a_peer_that_sustains_nothing_has_no_rate() -> None:
    assert Ramp(Sustains(0.1), FULL, []).best() == 0.0


def test_the_report_of_a_load_generator_is_read() -> None:
    seen = Seen.parse(LINE)
    assert (seen.clients, seen.events, seen.p50, seen.p99) == (2, 20, 1.25, 9.75)
    assert seen.missing(expected=24) == 5
    assert not seen.is_whole(expected=20)


def test_what_was_not_measured_has_no_ratio() -> None:
    assert ratio(10.0, None) is None
    assert ratio(None, 4.0) is None
    assert ratio(10.0, 4.0) == 2.5
    assert quantile([], 0.5) is None
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
