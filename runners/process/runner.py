import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from types import MappingProxyType, TracebackType
from typing import Self

from django.conf import settings

from runners.engines.pool import EnginePool
from runners.port.engine import Engine
from runners.port.run import RunResult
from runners.port.stop_reason import StopReason
from runners.process.command_poller import CommandPoller
from runners.process.hardening import withhold_keys
from runners.process.heartbeat import Heartbeat
from runners.process.sweeper import Sweeper
from runners.session.context import RunnerContext
from runners.session.errand import Errands
from runners.session.run import SessionRun
from sessions_app.history.search.indexer import Indexer
from sessions_app.log.batch import Batch
from sessions_app.log.database.reader import Reader
from sessions_app.log.layer import Layer, nudge_runners
from sessions_app.log.leases import lease
from sessions_app.log.leases.reaper import Reaper
from sessions_app.log.log import Log
from sessions_app.log.publisher import Publisher
from sessions_app.models import AgentSession
from sessions_app.protocol.status import SessionStatus

logger = logging.getLogger(__name__)

ERRANDS_MAX = 5  # sessions whose files are committed or restored, between two polls


async def always_room() -> None:
    """Default `has_room`: no local reader, so never wait."""


class Runner:
    """A process that runs sessions and shares in the upkeep common to all runners.

    `listen` receives each committed batch, in addition to the channel layer; `has_room`
    makes the sessions wait while that reader is behind. `engines` are those that the
    process was started with, such as the program of `--exec`.
    """

    def __init__(
        self,
        listen: Callable[[Batch], None] | None = None,
        has_room: Callable[[], Awaitable[None]] = always_room,
        engines: Mapping[str, Engine] = MappingProxyType({}),
    ) -> None:
        self._listen = listen
        self._has_room = has_room
        self._engines = engines
        self._stack = AsyncExitStack()
        self._runs: dict[asyncio.Task[RunResult], SessionRun] = {}
        self._handing: set[asyncio.Task[None]] = set()  # short work beside the runs
        self._stopping = asyncio.Event()
        # Status of the sessions that this runner hands over.
        self._rest = SessionStatus.INTERRUPTED

    async def __aenter__(self) -> Self:
        # Closes what was opened, if a later step fails.
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def _open(self, stack: AsyncExitStack) -> None:
        enter = stack.enter_async_context
        layer = Layer()
        stack.push_async_callback(layer.close)
        self.reader = Reader(settings.RUNNER_DB_THREADS)
        stack.push_async_callback(self.reader.close)
        publisher = await enter(Publisher(layer))
        log = await enter(Log(self._publish_to(publisher), publisher.announce))
        engines = await enter(EnginePool(withhold_keys(), self._engines))
        self._context = RunnerContext(log, self.reader, engines, {}, self._has_room)
        self._tail = CommandPoller(self._context, layer)
        self._heartbeat = Heartbeat(self._context)
        loops = await enter(asyncio.TaskGroup())
        for loop in (
            _watch(log),
            self._tail.run(),
            self._tail.listen(),
            self._heartbeat.run(),
            Reaper(log, self.reader, self._heartbeat.presence.touch).run(),
            Sweeper(self.reader).run(),
            Indexer(self.reader).run(),
        ):
            # Cancelled before the task group is left, because the group waits for its
            # tasks.
            stack.callback(loops.create_task(loop).cancel)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._stack.__aexit__(kind, error, trace)

    @property
    def context(self) -> RunnerContext:
        """What writers of other sessions than a run's share with the runs."""
        return self._context

    def start(self, session: AgentSession) -> SessionRun:
        """Run a session whose lease this process holds."""
        run = SessionRun(self._context, session)
        task = asyncio.create_task(run.run(), name=session.id)
        self._runs[task] = run
        task.add_done_callback(self._ended)
        if self._stopping.is_set():
            run.leave(self._rest)
        return run

    async def serve_queue(self, concurrency: int) -> None:
        """Claim and run queued sessions until stopped."""
        self._heartbeat.concurrency = concurrency
        self._rest = SessionStatus.QUEUED
        while not self._stopping.is_set():
            for session in await self.reader.read(lease.claim_errands, ERRANDS_MAX):
                self._aside(Errands(self._context, session).run())
            free = concurrency - len(self._runs)
            if free > 0:
                for session in await self.reader.read(lease.claim_queued, free):
                    self.start(session)
            await self._tail.next_look()
        await self.finish()

    async def finish(self) -> None:
        """Wait until all sessions have ended; when stopping, at most STOP_MAX_S."""
        while self._runs and not self._stopping.is_set():
            stopping = asyncio.create_task(self._stopping.wait())
            tasks = {*self._runs, stopping}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        if self._runs:
            await asyncio.wait(list(self._runs), timeout=settings.STOP_MAX_S)
        for task, run in self._runs.items():
            logger.warning("event=stop_took_too_long session=%s", run.session_id)
            task.cancel()
        if self._handing:
            await asyncio.wait(list(self._handing), timeout=settings.STOP_MAX_S)

    def stop(self) -> None:
        """Hand all sessions over after their step, at the latest after STOP_FINISH_S.

        Sessions of the queue are queued again; others wait for whoever resumes them.
        """
        self._stopping.set()
        self._tail.wake()
        for run in self._runs.values():
            run.leave(self._rest)
        loop = asyncio.get_running_loop()
        loop.call_later(settings.STOP_FINISH_S, self._cut)

    def _cut(self) -> None:
        for run in self._runs.values():
            run.stop(StopReason.SHUTDOWN)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def _ended(self, task: "asyncio.Task[RunResult]") -> None:
        run = self._runs.pop(task)
        self._tail.wake()  # this runner can claim another session
        if self._rest is SessionStatus.QUEUED:
            self._aside(self._hand_on(run))

    def _aside(self, work: Coroutine[None, None, None]) -> None:
        """Do something short beside the runs; `finish` waits for it."""
        task = asyncio.create_task(work)
        self._handing.add(task)
        task.add_done_callback(self._handing.discard)

    async def _hand_on(self, run: SessionRun) -> None:
        """Have another runner go on with an ended session of the queue.

        If this runner could not write for too long, it lost the lease, and another
        process marked the session interrupted. It came from the queue, so it is queued
        again.
        """
        if not self.is_stopping and not run.has_lost_lease:
            return
        if run.has_lost_lease and await self._requeue(run.session_id):
            logger.warning("event=requeued session=%s", run.session_id)
        await nudge_runners()

    async def _requeue(self, session_id: str) -> bool:
        loop = asyncio.get_running_loop()
        latest = loop.time() + settings.LEASE_TIMEOUT_S
        while loop.time() < latest and not self.is_stopping:
            try:
                return await self.reader.read(lease.requeue_interrupted, session_id)
            except lease.NotFree:
                await asyncio.sleep(settings.REAP_INTERVAL_S)
        return False

    def _publish_to(self, publisher: Publisher) -> Callable[[Batch], None]:
        def publish(batch: Batch) -> None:
            publisher.offer(batch)
            if self._listen:
                self._listen(batch)

        return publish


async def _watch(log: Log) -> None:
    """End when the log ends: a runner that cannot write must not claim anything."""
    while True:
        await log.next_commit()
