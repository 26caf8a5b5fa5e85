import asyncio
import statistics
import time
from dataclasses import dataclass

from tests.benchmarks.ground import Ground
from tests.benchmarks.load.job import Job
from tests.benchmarks.load.viewer import Viewer
from tests.benchmarks.result import Figure, Result, ratio, rounded
from tests.benchmarks.rig import Rig
from tests.servers.stack import SQLITE

LIVE_RATE = 80.0  # events/s while viewers join
OPEN_PART = 10  # a tenth of a live session is in the block that is not finished


@dataclass(frozen=True)
class Join:
    """How long a viewer waited, from the first byte of its handshake, in ms."""

    first: float  # until the first frame of events
    whole: float  # until it was live
    events: int


def measure(ground: Ground) -> Result:
    """Join finished sessions, short and long, and one in the midst of a block."""
    rig = Rig(ground, SQLITE)
    plan = ground.plan
    finished = {
        tokens: _joins(rig, _finished(rig, tokens), plan.late_trials)
        for tokens in plan.late_tokens
    }
    longest = finished[max(finished)]
    shortest = finished[min(finished)]
    live = _live(rig, max(finished))
    whole = _median([join.whole for join in longest])
    return Result(
        figures={
            "first_ms": _median([join.first for join in longest]),
            "whole_ms": whole,
            "live_first_ms": _median([join.first for join in live]),
            "growth_100k_over_1k": ratio(
                whole, _median([join.whole for join in shortest])
            ),
        },
        details={
            "blocks": plan.late_blocks,
            "finished": {str(n): _details(joins) for n, joins in finished.items()},
            "live": _details(live),
        },
    )


def _finished(rig: Rig, tokens: int) -> str:
    """Write a session of so many tokens, always in as many blocks, and sweep it."""
    (session,) = rig.new_sessions(1)
    size = tokens // rig.ground.plan.late_blocks
    rig.production.do(
        Job(sessions=[session], count=tokens, tokens_per_block=size, sweep=True)
    )
    return session


def _live(rig: Rig, tokens: int) -> list[Join]:
    """Join a session whose last tenth is one long block, while it goes on."""
    trials = rig.ground.plan.late_trials
    part = tokens // OPEN_PART
    session = _finished(rig, tokens - part)
    block = Job(
        sessions=[session],
        count=part,
        tokens_per_block=part,
        is_open=True,
        message="m2",
    )
    rig.production.do(block)
    count = round(LIVE_RATE * trials)
    more = Job(sessions=[session], count=count, rate=LIVE_RATE, message="m3")
    rig.production.start(more)
    joins = _joins(rig, session, trials)
    rig.production.finish()
    return joins


def _joins(rig: Rig, session: str, trials: int) -> list[Join]:
    asyncio.run(_join(rig, session))  # whatever is done only once
    return [asyncio.run(_join(rig, session)) for _ in range(trials)]


async def _join(rig: Rig, session: str) -> Join:
    viewer = Viewer(rig.served.websocket_url, rig.cookie, {session: 0})
    started = time.perf_counter()
    first = 0.0
    async for frame in viewer.follow():
        waited = 1000 * (time.perf_counter() - started)
        if frame.type == "events":
            first = first or waited
        elif frame.type == "live":
            return Join(first, waited, viewer.events)
    raise RuntimeError("the server closed the connection")


def _median(values: list[float]) -> Figure:
    return rounded(statistics.median(values))


def _details(joins: list[Join]) -> dict[str, object]:
    return {
        "first_ms": _median([join.first for join in joins]),
        "whole_ms": _median([join.whole for join in joins]),
        "whole_max_ms": rounded(max(join.whole for join in joins)),
        "events": joins[-1].events,
    }
