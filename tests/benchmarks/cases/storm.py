import asyncio
import time
from dataclasses import dataclass, field

from websockets.exceptions import WebSocketException

from tests.benchmarks.ground import Ground
from tests.benchmarks.load.job import Job, Produced
from tests.benchmarks.load.viewer import Viewer
from tests.benchmarks.result import Result, rounded
from tests.benchmarks.rig import Rig
from tests.benchmarks.waiting import comes_true
from tests.servers.stack import SQLITE

RATE = 80.0
RETRY_S = 0.05  # all at once: a browser's own jitter would make it easier


@dataclass
class Crowd:
    """Viewers that come back after every close; when each was live last."""

    viewers: list[Viewer]
    live_at: dict[int, float] = field(default_factory=dict)

    async def follow(self, number: int) -> None:
        viewer = self.viewers[number]
        while True:
            try:
                async for frame in viewer.follow():
                    if frame.type == "live":
                        self.live_at[number] = time.perf_counter()
            except (OSError, TimeoutError, WebSocketException):
                pass  # nobody listens, or not for long
            self.live_at.pop(number, None)
            await asyncio.sleep(RETRY_S)

    async def last_live_at(self) -> float | None:
        """Wait until all are live; return when the last one was."""
        if await comes_true(lambda: len(self.live_at) == len(self.viewers)):
            return max(self.live_at.values())
        return None

    async def catch_up(self, head: int) -> None:
        await comes_true(lambda: all(viewer.is_at(head) for viewer in self.viewers))

    def missing(self, head: int) -> int:
        return sum(
            max(head - viewer.events, 0) + viewer.holes + viewer.repeats
            for viewer in self.viewers
        )


def measure(ground: Ground) -> Result:
    """Restart the server under 300 viewers and a runner that goes on writing."""
    return asyncio.run(_measure(Rig(ground, SQLITE)))


async def _measure(rig: Rig) -> Result:
    plan = rig.ground.plan
    (session,) = rig.new_sessions(1)
    url = rig.served.websocket_url
    viewers = [Viewer(url, rig.cookie, {session: 0}) for _ in range(plan.storm_viewers)]
    crowd = Crowd(viewers)
    job = Job(sessions=[session], count=round(2 * RATE * plan.step_s), rate=RATE)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(crowd.follow(n)) for n in range(len(viewers))]
        await crowd.last_live_at()
        producing = group.create_task(asyncio.to_thread(rig.production.do, job))
        listening = await asyncio.to_thread(_restart, rig)
        all_live_at = await crowd.last_live_at()
        made = await producing
        head = made.heads[session]
        await crowd.catch_up(head)
        for task in tasks:
            task.cancel()
    all_live_s = None if all_live_at is None else all_live_at - listening
    return _result(all_live_s, crowd.missing(head), made)


def _restart(rig: Rig) -> float:
    """Restart the server on its port; return when it listened again."""
    port = rig.served.port
    rig.served.process.terminate()
    rig.served.process.wait()
    rig.served = rig.installation.serve("--no-runner", port=port)
    return time.perf_counter()


def _result(all_live_s: float | None, missing: int, made: Produced) -> Result:
    return Result(
        figures={"all_live_s": rounded(all_live_s), "missing": missing},
        details={
            "runner_commit_p99_ms": rounded(made.commit_p99_ms),
            "runner_late_p99_ms": rounded(made.late_p99_ms),
            "runner_errors": made.errors,
        },
    )
