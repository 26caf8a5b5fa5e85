import asyncio
import sqlite3
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection

from sessions_app.log.layer import Layer


class Tail(Protocol):
    """Waits until the log may have grown."""

    async def grown(self) -> None:
        """Wait until the log may have grown, at most HEAD_CHECK_INTERVAL_S."""

    def relax(self) -> None:
        """Note that the layer has just delivered new events."""

    def close(self) -> None: ...


class TimerTail:
    """Returns at a fixed interval."""

    def __init__(self, interval: float) -> None:
        self._interval = interval

    async def grown(self) -> None:
        await asyncio.sleep(self._interval)

    def relax(self) -> None:
        pass

    def close(self) -> None:
        pass


class SqliteTail:
    """Watches PRAGMA data_version, which changes when another connection commits.

    The tail has a connection of its own, because the pragma does not see commits of
    its own connection, or anything while inside a transaction. A check takes 6 us and
    no lock, so it may run on the event loop.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = 0
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._moved_at = 0.0
        self._relaxed_at = 0.0

    def relax(self) -> None:
        self._relaxed_at = asyncio.get_running_loop().time()

    async def grown(self) -> None:
        loop = asyncio.get_running_loop()
        latest = loop.time() + settings.HEAD_CHECK_INTERVAL_S
        while loop.time() < latest:
            await asyncio.sleep(self._interval(loop.time()))
            if self._has_moved():
                self._moved_at = loop.time()
                return

    def _interval(self, now: float) -> float:
        """Return the seconds until the next check.

        The interval is short after a change, because a log that has just grown is
        likely to grow again. It is long while the layer delivers: then the checks only
        serve for messages that the layer loses, and for writers that do not use it.
        """
        if now < self._relaxed_at + settings.TAIL_BUSY_S:
            return settings.TAIL_RELAXED_INTERVAL_S
        is_busy = now < self._moved_at + settings.TAIL_BUSY_S
        return settings.TAIL_BUSY_INTERVAL_S if is_busy else settings.TAIL_INTERVAL_S

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _has_moved(self) -> bool:
        try:
            inode = self._path.stat().st_ino
        except FileNotFoundError:
            # The file is being replaced; opening it now would create an empty one.
            self.close()
            return False
        opened = self._connection if inode == self._inode else None
        try:
            rows = (
                (opened or self._open(inode)).execute("PRAGMA data_version").fetchall()
            )
        except sqlite3.DatabaseError:
            # The file is locked for a moment, because the first process that opens it
            # is recovering it, or a restore has written half of it. Report growth: the
            # reader of the log waits until the file is usable.
            self.close()
            return True
        version, self._version = self._version, rows[0][0]
        return bool(version != self._version)

    def _open(self, inode: int) -> sqlite3.Connection:
        """Open the file at the path, which may have replaced the one watched before.

        The data_version of a replaced file never changes again.
        """
        self.close()
        self._inode = inode
        self._version = -1  # versions are comparable within one connection only
        self._connection = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        return self._connection


def open_tail(layer: Layer) -> Tail:
    """Choose how to learn of new events, given which layer delivers them."""
    if layer.is_shared and not layer.is_local:
        return TimerTail(settings.HEAD_CHECK_INTERVAL_S)
    if connection.vendor == "sqlite":
        return SqliteTail(Path(str(connection.settings_dict["NAME"])))
    return TimerTail(settings.TAIL_QUERY_INTERVAL_S)
