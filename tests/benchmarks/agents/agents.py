import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import msgspec

from tests.benchmarks.agents.family import helpers_of, proportional_kb
from tests.benchmarks.agents.site import ACP, OWN, Site
from tests.benchmarks.ground import Ground
from tests.benchmarks.result import Result, quantile, ratio, rounded
from tests.benchmarks.usage import cpu_seconds, resident_kb
from tests.servers.process import PATIENCE_S

SESSIONS = 10
RATE = 80.0  # tokens/s of each
WARM_UP_S = 3.0  # sessions begin, and the viewer comes
ROUNDS = 3  # of each engine, by turns
LOOK_S = 1.0  # to look at all processes costs the machine something
MANY = 50  # sessions whose cost is measured
ENGINES = {"acp": ACP, "own": OWN}


@dataclass(frozen=True)
class Cost:
    """What a round of MANY sessions took of Ringside's own processes."""

    cpu_us: float  # of the runner, a token
    runner_mb: float  # growth of the runner at its peak, a session
    helpers_mb: float  # of supervisors and watchdogs, a session


def measure(ground: Ground) -> Result:
    """Sessions of an ACP agent beside those of the own engine, in the same runner."""
    waits = _latencies(ground)
    p50 = {name: [quantile(w, 0.5) or 0.0 for w in waits[name]] for name in ENGINES}
    p99 = {name: [quantile(w, 0.99) or 0.0 for w in waits[name]] for name in ENGINES}
    cost = {name: _cost(ground, engine) for name, engine in ENGINES.items()}
    acp, own = cost["acp"], cost["own"]
    return Result(
        figures={
            "p50_ms": rounded(median(p50["acp"])),
            "own_p50_ms": rounded(median(p50["own"])),
            "p50_ratio": ratio(median(p50["acp"]), median(p50["own"])),
            "p99_ms": rounded(median(p99["acp"])),
            "own_p99_ms": rounded(median(p99["own"])),
            "cpu_us_per_token": rounded(acp.cpu_us),
            "own_cpu_us_per_token": rounded(own.cpu_us),
            "runner_mb_per_session": rounded(acp.runner_mb),
            "helpers_mb_per_session": rounded(acp.helpers_mb),
        },
        details={
            "p50_ms": p50,
            "p99_ms": p99,
            "own_mb_per_session": rounded(own.runner_mb),
        },
    )


def _latencies(ground: Ground) -> dict[str, list[list[float]]]:
    """From where a number left to a viewer's socket, in ms, round by round."""
    tokens = round(RATE * (ground.plan.step_s + WARM_UP_S))
    count = ROUNDS * SESSIONS
    site = Site(ground, conversations=count, tokens=tokens, rate=RATE)
    arrived: dict[str, dict[str, list[float]]] = {name: {} for name in ENGINES}
    for round_ in range(ROUNDS):
        for name, engine in ENGINES.items():
            named = _start_round(site, engine, round_)
            viewer = site.watch([*named], tokens)
            times = msgspec.json.decode(viewer.hear(), type=dict[str, list[float]])
            site.await_end([*named])
            arrived[name] |= {named[one]: when for one, when in times.items()}
    claude = site.claude_left()
    left = {"own": claude, "acp": {name: site.agent_left(name) for name in claude}}
    return {
        name: [
            [
                wait
                for number in range(first, first + SESSIONS)
                for wait in _waits(left[name], arrived[name], f"numbers{number}")
            ]
            for first in range(0, count, SESSIONS)
        ]
        for name in ENGINES
    }


def _start_round(site: Site, engine: str, round_: int) -> dict[str, str]:
    """Start a round's sessions; the name of each one's text, by session."""
    first = round_ * SESSIONS
    names = [f"numbers{first + number}" for number in range(SESSIONS)]
    return {_start(site, engine, name): name for name in names}


def _start(site: Site, engine: str, name: str) -> str:
    return site.start(engine, name if engine == ACP else f"[scenario: {name}]")


def _waits(
    left: dict[str, list[float]], arrived: dict[str, list[float]], name: str
) -> Iterator[float]:
    times = zip(left[name], arrived[name], strict=True)
    return (
        arrived_ms - left_ms
        for left_ms, arrived_ms in times
        if left_ms > left[name][0] + 1000 * WARM_UP_S
    )


def _cost(ground: Ground, engine: str) -> Cost:
    tokens = round(RATE * ground.plan.step_s)
    site = Site(ground, conversations=MANY, tokens=tokens, rate=RATE)
    # What is made only once is made before, by a first session.
    site.await_end([_start(site, engine, "numbers0")])
    pid = site.runner.pid
    before_kb, before_s = resident_kb(pid), cpu_seconds(pid)
    names = [f"numbers{number}" for number in range(1, MANY)]
    ids = [_start(site, engine, name) for name in names]
    peak_kb, helpers_kb = before_kb, 0
    latest = time.monotonic() + PATIENCE_S
    while any(site.sessions.status(one) != "completed" for one in ids):
        assert time.monotonic() < latest, "the sessions do not end"
        peak_kb = max(peak_kb, resident_kb(pid))
        helpers_kb = max(helpers_kb, proportional_kb(helpers_of(pid)))
        time.sleep(LOOK_S)
    return Cost(
        cpu_us=1e6 * (cpu_seconds(pid) - before_s) / (len(ids) * tokens),
        runner_mb=(peak_kb - before_kb) / 1024 / len(ids),
        helpers_mb=helpers_kb / 1024 / len(ids),
    )
