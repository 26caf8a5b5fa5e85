import asyncio
import statistics
import time

from tests.benchmarks.ground import Ground
from tests.benchmarks.load.job import Job
from tests.benchmarks.load.load import Load, Seen
from tests.benchmarks.load.viewer import Viewer
from tests.benchmarks.peers.ringside_peer import GRACE_S
from tests.benchmarks.result import Result, ratio, rounded
from tests.benchmarks.rig import Rig
from tests.benchmarks.usage import resident_kb
from tests.benchmarks.waiting import comes_true
from tests.servers.stack import SQLITE

SESSIONS_PER_TAB = 50
EVENTS_PER_SESSION = 500  # what a watched session has lately shown
STALLED = 100
LIVE = 10
USUAL_RATE = 80.0
HIGH_RATE = 2_000.0


def measure(ground: Ground) -> Result:
    """Memory of idle viewers, of watched sessions, and of viewers that stall."""
    per_viewer = _per_viewer(Rig(ground, SQLITE))
    quiet, watched = _per_session(Rig(ground, SQLITE))
    rig = Rig(ground, SQLITE)
    stalled_mb = _stalled_mb(rig)
    pairs = [_latencies(rig) for _ in range(ground.plan.stalled_rounds)]
    ratios = [found for alone, beside in pairs if (found := ratio(beside, alone))]
    return Result(
        figures={
            "kb_per_viewer": rounded(per_viewer),
            "kb_per_session": rounded(watched),
            "stalled_mb_max": rounded(stalled_mb),
            "live_p99_ratio": rounded(statistics.median(ratios)) if ratios else None,
        },
        details={"kb_per_quiet_session": rounded(quiet), "live_p99_ms": pairs},
    )


def _per_viewer(rig: Rig) -> float:
    """Open some viewers of a quiet session, then many more."""
    sessions = rig.new_sessions(1)
    count = rig.ground.plan.idle_viewers
    crowds = [rig.load(sessions, count // 4, 600.0)]
    before = _settled_kb(rig)
    crowds.append(rig.load(sessions, count, 600.0))
    grown = _settled_kb(rig) - before
    for crowd in crowds:
        crowd.end()
    return grown / count


def _per_session(rig: Rig) -> tuple[float, float]:
    """Watch many sessions in few tabs: quiet ones, then after each has spoken."""
    count = rig.ground.plan.watched_sessions
    sessions = rig.new_sessions(count + SESSIONS_PER_TAB)
    tabs = [
        sessions[start : start + SESSIONS_PER_TAB]
        for start in range(0, len(sessions), SESSIONS_PER_TAB)
    ]
    return asyncio.run(_watch(rig, tabs, count))


async def _watch(rig: Rig, tabs: list[list[str]], count: int) -> tuple[float, float]:
    viewers = [
        Viewer(rig.served.websocket_url, rig.cookie, dict.fromkeys(tab, 0))
        for tab in tabs
    ]
    first, *rest = viewers
    tasks = [await _open(first)]
    # The first tab's sessions speak beforehand: caches that do not grow with the
    # sessions, the database's above all, are full then.
    await _speak(rig, tabs[:1], [first])
    before = await asyncio.to_thread(_settled_kb, rig)
    tasks += [await _open(viewer) for viewer in rest]
    quiet = await asyncio.to_thread(_settled_kb, rig) - before
    await _speak(rig, tabs[1:], rest)
    spoken = await asyncio.to_thread(_settled_kb, rig) - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return quiet / count, spoken / count


async def _speak(rig: Rig, tabs: list[list[str]], viewers: list[Viewer]) -> None:
    """Have sessions say much; wait until their viewers have it."""
    ids = [id_ for tab in tabs for id_ in tab]
    job = Job(sessions=ids, count=EVENTS_PER_SESSION)
    await asyncio.to_thread(rig.production.do, job)
    await comes_true(
        lambda: all(viewer.is_at(EVENTS_PER_SESSION) for viewer in viewers)
    )


async def _open(viewer: Viewer) -> "asyncio.Task[None]":
    """Have a viewer follow until it is cancelled; wait until it is live."""

    async def follow() -> None:
        async for _ in viewer.follow():
            pass

    task = asyncio.create_task(follow())
    await comes_true(lambda: len(viewer.live) == len(viewer.cursors))
    return task


def _stalled_mb(rig: Rig) -> float:
    """Stream fast past viewers that do not read; return the peak a viewer costs."""
    seconds = rig.ground.plan.step_s
    sessions = rig.new_sessions(1)
    count = round(HIGH_RATE * seconds)
    before = _settled_kb(rig)
    live = rig.load(sessions, LIVE, seconds + GRACE_S, upto=count)
    stalled = rig.load(sessions, STALLED, seconds + GRACE_S, slow=STALLED)
    rig.production.start(Job(sessions=sessions, count=count, rate=HIGH_RATE))
    peak = before
    while live.is_running:
        peak = max(peak, resident_kb(rig.server_pid))
        time.sleep(0.02)
    rig.production.finish()
    stalled.end()
    return (peak - before) / 1024 / STALLED


def _latencies(rig: Rig) -> tuple[float | None, float | None]:
    """Measure live viewers' p99 without stalled ones, then beside them."""
    alone = _live(rig)
    sessions = rig.new_sessions(1)
    seconds = rig.ground.plan.step_s
    stalled = rig.load(sessions, STALLED, seconds + GRACE_S, slow=STALLED)
    beside = _live(rig, sessions)
    stalled.end()
    return alone.p99, beside.p99


def _live(rig: Rig, sessions: list[str] | None = None) -> Seen:
    seconds = rig.ground.plan.step_s
    ids = sessions or rig.new_sessions(1)
    count = round(USUAL_RATE * seconds)
    load: Load = rig.load(ids, LIVE, seconds + GRACE_S, upto=count)
    rig.production.do(Job(sessions=ids, count=count, rate=USUAL_RATE))
    return load.seen()


def _settled_kb(rig: Rig) -> int:
    """Read the server's memory once it has stopped moving."""
    last, calm = resident_kb(rig.server_pid), 0
    while calm < 5:
        time.sleep(0.1)
        now = resident_kb(rig.server_pid)
        calm = calm + 1 if now == last else 0
        last = now
    return last
