import asyncio
import logging
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import DatabaseError, connection

from sessions_app.delivery.feed.tail import SqliteTail, Tail, TimerTail
from sessions_app.delivery.whole_log.whole_page import (
    WholeEntry,
    WholePage,
    read_whole_page,
)
from sessions_app.log.database.reader import Reader
from sessions_app.log.database.repeated_warning import RepeatedWarning
from sessions_app.log.epochs import version_of_logs
from sessions_app.log.settled import Settled

logger = logging.getLogger(__name__)


class WholeReader(Protocol):
    def advance(self) -> None:
        """Look at the whole log: it has grown, or a log was replaced. Never blocks."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the database: the version of all logs, and what is new."""

    version: str
    settled: int
    page: WholePage


class WholeLog:
    """The events of all sessions as one log, in the order of their `Event.id`.

    A place in it is the number of an event. It grows up to the highest number that is
    settled (see `Settled`), so nothing ever comes to stand before a place that readers
    have passed. Readers share a window of the newest entries; who is behind it reads
    pages. While nobody reads, nothing looks.
    """

    def __init__(self) -> None:
        self.reader = Reader(1)  # of readers' pages and rights
        self.version = ""
        self.head = 0  # the last settled place that was looked at
        self._tail_reader = Reader(1)  # waits for no reader's page
        self._settled = Settled()
        self._window: list[WholeEntry] = []
        self._begin = 0  # the window has all entries after this place
        self._size = 0  # bytes in the window
        self._readers: set[WholeReader] = set()
        self._task: asyncio.Task[None] | None = None
        self._has_looked = asyncio.Event()
        self._failures = RepeatedWarning(logger, "whole_log_failed")

    async def join(self, reader: WholeReader) -> None:
        """Add a reader; then `head` and `version` are those of the last look."""
        self._readers.add(reader)
        if self._task is None or self._task.done():
            self._has_looked.clear()
            self._task = asyncio.create_task(self._run(), name="whole log")
        await self._has_looked.wait()

    def leave(self, reader: WholeReader) -> None:
        self._readers.discard(reader)

    def after(self, place: int) -> WholePage | None:
        """Return what the window has after a place; None: it begins later."""
        if place < self._begin:
            return None
        most: int = settings.PAGE_MAX_ROWS
        begin = bisect_right(self._window, place, key=lambda entry: entry.place)
        entries = tuple(self._window[begin : begin + most])
        up_to = self.head if len(entries) < most else entries[-1].place
        return WholePage(place, up_to, entries)

    @property
    def is_waiting(self) -> bool:
        """Whether events are committed that a commit under way may still precede."""
        return self._settled.is_waiting

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._tail_reader.close()
        await self.reader.close()

    async def _run(self) -> None:
        tail = _open_tail()
        try:
            while self._readers:
                try:
                    while await self._look():
                        pass
                except DatabaseError as error:  # a restore may leave half a schema
                    self._failures.note(error)
                    await asyncio.sleep(settings.HEAD_CHECK_INTERVAL_S)
                else:
                    await self._wait(tail)
        finally:
            tail.close()
            self._window.clear()
            self._size = 0

    async def _wait(self, tail: Tail) -> None:
        """Wait until the log may have grown; then let it gather for a moment."""
        if not self.is_waiting:
            await tail.grown()
        await asyncio.sleep(settings.WHOLE_LOG_GATHER_S)

    async def _look(self) -> bool:
        """Take what is new into the window; return whether more is there."""
        after = self.head if self._has_looked.is_set() else None
        look = await self._tail_reader.read(self._read, after)
        has_news = look.page.up_to > self.head or look.version != self.version
        self.head, self.version = look.page.up_to, look.version
        if after is None:
            self._begin = self.head
            self._has_looked.set()
        self._keep(look.page.entries)
        if has_news:
            for reader in list(self._readers):
                reader.advance()
        return self.head < look.settled

    def _keep(self, entries: tuple[WholeEntry, ...]) -> None:
        self._window += entries
        self._size += sum(len(entry.data) for entry in entries)
        old = 0
        while self._size > settings.RECENT_MAX_CHARS and old < len(self._window):
            self._begin = self._window[old].place
            self._size -= len(self._window[old].data)
            old += 1
        del self._window[:old]

    def _read(self, after: int | None) -> Look:
        """Look at the database, in a thread; `after` None: only where the log ends."""
        # The version first: what is replaced after it is found by the next look.
        version = version_of_logs()
        settled = self._settled.look()
        begin = settled if after is None else after
        return Look(version, settled, read_whole_page(begin, settled, None))


def _open_tail() -> Tail:
    if connection.vendor == "sqlite":
        return SqliteTail(Path(str(connection.settings_dict["NAME"])))
    return TimerTail(settings.WHOLE_LOG_INTERVAL_S)
