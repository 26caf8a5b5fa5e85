import statistics
import sys
import time

from tests.benchmarks.ground import Ground
from tests.benchmarks.load.job import Job
from tests.benchmarks.load.load import Load, Seen
from tests.benchmarks.peers.ringside_peer import GRACE_S
from tests.benchmarks.program import Program
from tests.benchmarks.result import Result, ratio, rounded
from tests.benchmarks.rig import Rig
from tests.benchmarks.usage import cpu_seconds, resident_kb
from tests.servers.stack import SQLITE

STALLED = 100
LIVE = 10
READERS = 50  # whose deliveries are counted, of each kind
STALL_S = 1.0  # then what the system takes for them is full
PEOPLE = 2  # one may have 64 streams
USUAL_RATE = 80.0
HIGH_RATE = 2_000.0
HISTORY = 20_000  # events: more than the system takes for a reader that stalls


def measure(ground: Ground) -> Result:
    """Readers of Server-Sent Events that stall, and what a delivery costs."""
    rig = Rig(ground, SQLITE)
    readers = Readers(rig)
    stalled_mb, crowd = _stalled_mb(rig, readers)
    pairs = [_latencies(rig, readers) for _ in range(ground.plan.stalled_rounds)]
    ratios = [found for alone, beside in pairs if (found := ratio(beside, alone))]
    costs = [_deliveries(rig, readers) for _ in range(ground.plan.stalled_rounds)]
    sse = statistics.median(one for one, _ in costs)
    websocket = statistics.median(one for _, one in costs)
    return Result(
        figures={
            "stalled_mb_max": rounded(stalled_mb),
            "live_p99_ratio": rounded(statistics.median(ratios)) if ratios else None,
            "deliveries_per_cpu_s": rounded(sse, 0),
            "ratio_vs_websocket": ratio(sse, websocket),
            "missing": crowd.missing(crowd.clients * round(_count(rig))),
        },
        details={"live_p99_ms": pairs, "deliveries_per_cpu_s": costs},
    )


class Readers:
    """Opens readers of event streams, with the tokens of as many people as need be."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        names = [f"reader{number}" for number in range(PEOPLE)]
        for name in names:
            rig.installation.manage("signin", name, "--create", "--role", "admin")
        make = ("token", "create", "bench", "--scope", "read", "--user")
        self._tokens = [rig.installation.manage(*make, name).strip() for name in names]

    def open(
        self, sessions: list[str], clients: int, upto: int = 0, slow: int = 0
    ) -> Load:
        """Open readers, and wait until all are live."""
        seconds = self._rig.ground.plan.step_s
        options = {
            "-url": self._rig.served.url,
            "-sessions": ",".join(sessions),
            "-tokens": ",".join(self._tokens),
            "-clients": str(clients),
            "-events": str(upto),
            "-time": f"{seconds + GRACE_S}s",
            "-slow": str(slow),
        }
        words = [word for pair in options.items() for word in pair]
        command = [sys.executable, "-m", "tests.benchmarks.load.sseload", *words]
        load = Load(Program(command, self._rig.ground.directory()))
        self._rig.ground.at_end(load.end)
        load.await_all()
        return load


def _count(rig: Rig) -> float:
    return HIGH_RATE * rig.ground.plan.step_s


def _stalled_mb(rig: Rig, readers: Readers) -> tuple[float, Seen]:
    """Stream fast past readers that stall; return the peak that one of them costs."""
    sessions = rig.new_sessions(1)
    count = round(_count(rig))
    before = resident_kb(rig.server_pid)
    live = readers.open(sessions, LIVE, upto=count)
    stalled = readers.open(sessions, STALLED, slow=STALLED)
    rig.production.start(Job(sessions=sessions, count=count, rate=HIGH_RATE))
    peak = before
    while live.is_running:
        peak = max(peak, resident_kb(rig.server_pid))
        time.sleep(0.02)
    rig.production.finish()
    seen = live.seen()  # it said so before it ended
    stalled.end()
    return (peak - before) / 1024 / STALLED, seen


def _latencies(rig: Rig, readers: Readers) -> tuple[float | None, float | None]:
    """Measure WebSocket viewers' p99 alone, then beside readers that stall."""
    sessions = rig.new_sessions(2)
    rig.production.do(Job(sessions=sessions, count=HISTORY))
    alone = _live(rig, sessions[:1])
    stalled = readers.open(sessions[1:], STALLED, slow=STALLED)
    time.sleep(STALL_S)
    beside = _live(rig, sessions[1:])
    stalled.end()
    return alone.p99, beside.p99


def _live(rig: Rig, sessions: list[str]) -> Seen:
    seconds = rig.ground.plan.step_s
    count = round(USUAL_RATE * seconds)
    load = rig.load(sessions, LIVE, seconds + GRACE_S, upto=HISTORY + count)
    rig.production.do(Job(sessions=sessions, count=count, rate=USUAL_RATE))
    return load.seen()


def _deliveries(rig: Rig, readers: Readers) -> tuple[float, float]:
    """Return deliveries per second of the server's CPU: by SSE, by WebSocket."""
    seconds = rig.ground.plan.step_s
    count = round(USUAL_RATE * seconds)
    sessions = rig.new_sessions(1)
    by_sse = _cost(rig, sessions, readers.open(sessions, READERS, upto=count))
    sessions = rig.new_sessions(1)
    viewers = rig.load(sessions, READERS, seconds + GRACE_S, upto=count)
    return by_sse, _cost(rig, sessions, viewers)


def _cost(rig: Rig, sessions: list[str], load: Load) -> float:
    before = cpu_seconds(rig.server_pid)
    count = round(USUAL_RATE * rig.ground.plan.step_s)
    rig.production.do(Job(sessions=sessions, count=count, rate=USUAL_RATE))
    seen = load.seen()
    return seen.events / (cpu_seconds(rig.server_pid) - before)
