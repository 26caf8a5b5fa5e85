import os

from tests.benchmarks.ground import Ground
from tests.benchmarks.peers.hub_peer import HubPeer
from tests.benchmarks.peers.peer import Peer, Step
from tests.benchmarks.peers.ramp import Ramp
from tests.benchmarks.peers.ringside_peer import RingsidePeer
from tests.benchmarks.peers.stock_peer import StockPeer
from tests.benchmarks.result import Result, ratio
from tests.benchmarks.servers import is_there
from tests.servers.stack import REDIS_URL, SQLITE, SQLITE_REDIS

USUAL_RATE = 80.0  # tokens a second of one agent
HIGH_RATE = 2_000.0


def measure(ground: Ground) -> Result:
    """100 viewers of one session: latency, losses, and the highest rate sustained."""
    seconds = ground.plan.step_s
    ours = RingsidePeer(ground, SQLITE)
    usual = ours.step(USUAL_RATE, seconds)
    high = ours.step(HIGH_RATE, seconds)
    with_redis = _with_redis(ground)
    ramps = [Ramp(peer, ground.plan, []) for peer in _baselines(ground)]
    best = {ramp.peer.name: ramp.best() for ramp in ramps}
    stock = [best[ramp.peer.name] for ramp in ramps if isinstance(ramp.peer, StockPeer)]
    our_ramp = Ramp(ours, ground.plan, [])
    our_best = our_ramp.best()
    return Result(
        figures={
            "p99_ms_80": usual.seen.p99,
            "p99_ms_80_redis": with_redis.seen.p99 if with_redis else None,
            "missing_2000": high.seen.missing(high.count * high.seen.clients),
            "lost_viewers_2000": max(high.seen.incomplete, high.seen.closes),
            # Beside the better of the two ways that stock Channels can go.
            "ratio_vs_stock": ratio(our_best, max(stock)),
            "ratio_vs_hub": ratio(our_best, best.get(HubPeer.name)),
        },
        details={
            "deliveries": best | {ours.name: our_best},
            "at_80": usual.details(),
            "at_80_redis": with_redis.details() if with_redis else None,
            "at_2000": high.details(),
            "ramps": {
                ramp.peer.name: [step.details() for step in ramp.steps]
                for ramp in (*ramps, our_ramp)
            },
        },
    )


def _with_redis(ground: Ground) -> Step | None:
    if not is_there(SQLITE_REDIS):
        return None
    return RingsidePeer(ground, SQLITE_REDIS).step(USUAL_RATE, ground.plan.step_s)


def _baselines(ground: Ground) -> list[Peer]:
    peers: list[Peer] = [StockPeer(ground)]
    if is_there(SQLITE_REDIS):
        peers.append(StockPeer(ground, os.environ[REDIS_URL]))
    if ground.tools.gohub is not None:
        peers.append(HubPeer(ground, str(ground.tools.gohub)))
    return peers
