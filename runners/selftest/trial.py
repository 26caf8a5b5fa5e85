import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle

from runners.selftest.report import Report, quantile
from runners.selftest.subject import RunnerDied, Subject, read_heads, read_statuses
from runners.selftest.view import Fields
from runners.selftest.viewer import Habit, SelftestViewer, SentAway
from sessions_app.log.database.reader import Reader
from sessions_app.models import Event
from sessions_app.protocol.status import SessionStatus

LOOK_S = 0.1
WAIT_MAX_S = 60.0  # for runners to start, or for viewers to catch up


@dataclass(frozen=True, slots=True)
class Plan:
    url: str
    cookies: str
    session_ids: tuple[str, ...]
    viewers: int
    seconds: float
    again: str  # prompt for the session whose runner was killed


class Trial:
    """Simulated sessions, and viewers that suffer faults while they stream."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._reader = Reader(2)
        self._ids = list(plan.session_ids)
        self._subjects = [Subject(id_) for id_ in self._ids]
        habits = cycle(Habit)
        self._viewers = [
            SelftestViewer(plan.url, plan.cookies, self._ids, next(habits))
            for _ in range(plan.viewers)
        ]

    async def run(self) -> Report:
        """Run the whole trial, and stop everything it started. Raises SentAway."""
        began = time.monotonic()
        died = ""
        try:
            async with self._watching():
                try:
                    await self._stream()
                except RunnerDied as error:
                    died = str(error)
                await self._catch_up()
            statuses = await self._reader.read(read_statuses, self._ids)
            for id_ in self._ids:
                log = await self._reader.read(_read_log, id_)
                for viewer in self._viewers:
                    viewer.views[id_].compare(log)
        finally:
            for subject in self._subjects:
                await subject.end()
            await self._reader.close()
        completed = SessionStatus.COMPLETED.value
        unfinished = sum(status != completed for status in statuses.values())
        return self._report(unfinished, died, time.monotonic() - began)

    @asynccontextmanager
    async def _watching(self) -> "AsyncIterator[None]":
        tasks = [asyncio.create_task(viewer.run()) for viewer in self._viewers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, SentAway):
                raise end

    async def _stream(self) -> None:
        """Run the sessions and kill one runner midway. Raises RunnerDied."""
        for subject in self._subjects:
            await subject.start()
        first = self._subjects[0]
        heads = await self._reader.read(read_heads, self._ids)
        steady = self._viewers[0].views[first.session_id]
        await self._live_until(lambda: steady.events > heads[first.session_id] + 20)
        await self._live_until(lambda: False, self._plan.seconds / 2)
        await first.kill()
        await first.start(self._plan.again)
        limit = WAIT_MAX_S + 3 * self._plan.seconds
        try:
            async with asyncio.timeout(limit):
                await asyncio.gather(*(subject.wait() for subject in self._subjects))
        except TimeoutError:
            pass  # these sessions count as unfinished

    async def _catch_up(self) -> None:
        """Wait until the viewers reach the logs' ends; events missing then are lost."""
        heads = await self._reader.read(read_heads, self._ids)
        await self._until(lambda: all(v.has(heads) for v in self._viewers))

    async def _live_until(
        self, found: Callable[[], bool], limit_s: float = WAIT_MAX_S
    ) -> None:
        """Wait as `_until` does, while all runners live. Raises RunnerDied."""

        def checked() -> bool:
            for subject in self._subjects:
                subject.check()
            return found()

        await self._until(checked, limit_s)

    async def _until(
        self, found: Callable[[], bool], limit_s: float = WAIT_MAX_S
    ) -> None:
        for _ in range(int(limit_s / LOOK_S)):
            if found():
                return
            await asyncio.sleep(LOOK_S)

    def _report(self, unfinished: int, died: str, seconds: float) -> Report:
        views = [view for viewer in self._viewers for view in viewer.views.values()]
        latencies = list(self._latencies())
        return Report(
            sessions=len(self._ids),
            viewers=len(self._viewers),
            seconds=round(seconds, 1),
            events=sum(view.events for view in views),
            lost=sum(view.lost for view in views),
            repeated=sum(view.repeated for view in views),
            reordered=sum(view.reordered for view in views),
            unfinished=unfinished,
            died=died,
            cuts=self._faults(Habit.CUT),
            stalls=self._faults(Habit.STALL),
            kills=sum(subject.kills for subject in self._subjects),
            reconnects=sum(max(0, viewer.visits - 1) for viewer in self._viewers),
            p50_ms=quantile(latencies, 0.5),
            p99_ms=quantile(latencies, 0.99),
        )

    def _faults(self, habit: Habit) -> int:
        return sum(v.faults for v in self._viewers if v.habit is habit)

    def _latencies(self) -> Iterator[int]:
        for viewer in self._viewers:
            if viewer.habit is Habit.NONE:
                for view in viewer.views.values():
                    yield from view.latencies_ms


def _read_log(session_id: str) -> list[Fields]:
    log = Event.objects.filter(session=session_id).order_by("seq")
    return [json.loads(line) for line in log.values_list("data", flat=True)]
