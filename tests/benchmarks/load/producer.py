import asyncio
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Iterator

import django
import msgspec

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()  # loads the models, which the imports below need

from sessions_app.log.batch import Batch  # noqa: E402
from sessions_app.log.committer import Committer, LeaseLost  # noqa: E402
from sessions_app.log.database.reader import Reader  # noqa: E402
from sessions_app.log.layer import Layer  # noqa: E402
from sessions_app.log.leases import lease  # noqa: E402
from sessions_app.log.log import Log, Writer  # noqa: E402
from sessions_app.log.publisher import Publisher  # noqa: E402
from sessions_app.log.sweep import sweep  # noqa: E402
from sessions_app.models import AgentSession  # noqa: E402
from sessions_app.protocol.events import (  # noqa: E402
    BlockStart,
    Event,
    Text,
    TextDelta,
)
from tests.benchmarks.load.job import COMMITS_MAX, Begin, Job, Produced  # noqa: E402
from tests.benchmarks.load.pacing import paced  # noqa: E402
from tests.benchmarks.result import quantile  # noqa: E402

WORD = "word "
WORDS_PER_PACE = 8  # a pair of `pace` stands for 100 ms


class Stopwatch:
    """Times each event from its append to the end of its commit."""

    def __init__(self) -> None:
        self.commits: list[float] = []
        self._waiting: dict[str, deque[tuple[int, float]]] = {}

    def append(self, session_id: str, seq: int) -> None:
        waiting = self._waiting.setdefault(session_id, deque())
        waiting.append((seq, time.perf_counter()))

    def commit(self, batch: Batch) -> None:
        now = time.perf_counter()
        waiting = self._waiting[batch.session_id]
        while waiting and waiting[0][0] <= batch.up_to:
            self.commits.append(1000 * (now - waiting.popleft()[1]))


class Retries(logging.Handler):
    """Counts the commits that the log had to try again."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


class Producer:
    """Appends events to sessions just as a runner does, and does nothing else."""

    def __init__(self, log: Log, stopwatch: Stopwatch, retries: Retries) -> None:
        self._log = log
        self._stopwatch = stopwatch
        self._retries = retries
        self._reader = Reader(2)
        self._writers: dict[str, Writer] = {}

    async def begin(self, count: int) -> list[str]:
        """Begin sessions, and hold their leases."""
        ids = await self._reader.read(_create, count)
        for id_ in ids:
            session = await self._reader.read(lease.claim, id_)
            assert session is not None
            self._writers[id_] = self._log.writer(id_, session.lease, session.head_seq)
        return ids

    async def do(self, job: Job) -> Produced:
        self._stopwatch.commits.clear()
        retries, cpu = self._retries.count, time.process_time()
        started = time.perf_counter()
        late, lost = await self._append(job)
        elapsed = time.perf_counter() - started
        cpu = time.process_time() - cpu
        if job.sweep:
            await self._sweep(job.sessions)
        commits = sorted(self._stopwatch.commits)
        return Produced(
            heads={id_: self._writers[id_].head for id_ in job.sessions},
            elapsed_s=elapsed,
            late_p99_ms=1000 * (quantile(late, 0.99) or 0.0),
            commits_ms=commits[:: -(-len(commits) // COMMITS_MAX) or 1],
            errors=self._retries.count - retries + lost,
            cpu_s=cpu,
        )

    async def _append(self, job: Job) -> tuple[list[float], int]:
        """Append in turns; return how late each was, and how many sessions were lost.

        The turns are spread over the time between two events of a session.
        """
        lanes = [(self._writers[id_], _events(job)) for id_ in job.sessions]
        late: list[float] = []
        total = job.count * len(lanes)
        async for number, behind in paced(total, job.rate * len(lanes)):
            late.append(behind)
            writer, events = lanes[number % len(lanes)]
            await self._step(writer, next(events))
        lost = 0
        for writer, _ in lanes:
            try:
                await writer.flush()
            except LeaseLost:
                lost += 1
        return late, lost

    async def _step(self, writer: Writer, events: list[Event]) -> None:
        await writer.append(*events)
        self._stopwatch.append(writer.session_id, writer.head)

    async def _sweep(self, session_ids: list[str]) -> None:
        for id_ in session_ids:
            while await self._reader.read(sweep, id_):
                pass


def _create(count: int) -> list[str]:
    sessions = [AgentSession(title="benchmark") for _ in range(count)]
    return [session.id for session in AgentSession.objects.bulk_create(sessions)]


def _events(job: Job) -> Iterator[list[Event]]:
    """Yield what comes with each word: the word, and what begins and ends a block."""
    size = job.tokens_per_block or job.count
    for number in range(job.count):
        index, place = divmod(number, size)
        block = f"{job.message}.{index}"
        step: list[Event] = []
        if job.tokens_per_block and place == 0:
            step.append(BlockStart(block=block, kind="text"))
        step.append(TextDelta(block=block, offset=place * len(WORD), delta=WORD))
        is_last = number == job.count - 1
        if job.tokens_per_block and place == size - 1 and not (is_last and job.is_open):
            step.append(_final(block, size))
        yield step


def _final(block: str, words: int) -> Text:
    pairs = -(-words // WORDS_PER_PACE)
    pace = [(len(WORD) * WORDS_PER_PACE, 100)] * pairs
    return Text(block=block, text=WORD * words, pace=pace)


async def main() -> None:
    """Do the jobs that come on stdin, one JSON line each; answer each with a line."""
    stopwatch, retries = Stopwatch(), Retries()
    logging.getLogger(Committer.__module__).addHandler(retries)
    layer = Layer()
    async with Publisher(layer) as publisher:

        def publish(batch: Batch) -> None:
            stopwatch.commit(batch)
            publisher.offer(batch)

        async with Log(publish, publisher.announce) as log:
            producer = Producer(log, stopwatch, retries)
            _say(b"ready")
            while line := await asyncio.to_thread(sys.stdin.readline):
                wish = msgspec.json.decode(line, type=Begin | Job)
                if isinstance(wish, Begin):
                    _say(msgspec.json.encode(await producer.begin(wish.count)))
                else:
                    _say(msgspec.json.encode(await producer.do(wish)))
    await layer.close()


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
