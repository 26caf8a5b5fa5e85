import asyncio
import sqlite3
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection

from sessions_app.log.layer import Layer


class Tail(Protocol):
    """Tells when the log may have grown."""

    async def grown(self) -> None:
        """Wait until it may have; at most HEAD_CHECK_INTERVAL_S."""

    def relax(self) -> None:
        """What is new has just been heard of from the layer."""

    def close(self) -> None: ...


class TimerTail:
    """Says so at an interval."""

    def __init__(self, interval: float) -> None:
        self._interval = interval

    async def grown(self) -> None:
        await asyncio.sleep(self._interval)

    def relax(self) -> None:
        pass

    def close(self) -> None:
        pass


class SqliteTail:
    """Watches a file's data_version, which moves with other connections' commits.

    A connection of its own: the pragma is blind to its own connection's commits and
    inside a transaction. A look costs 6 us and takes no lock, so it may be done on
    the event loop.
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
        """A log that has just grown is likely to grow again.

        A layer that brings what is new need only be watched for what it loses, and for
        who writes without it.
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
            # Being replaced. To open it now would make an empty one.
            self.close()
            return False
        opened = self._connection if inode == self._inode else None
        try:
            rows = (
                (opened or self._open(inode)).execute("PRAGMA data_version").fetchall()
            )
        except sqlite3.DatabaseError:
            # Locked for a moment, as the first to open the file recovers it, or half
            # written by a restore: whoever reads the log now waits for its turn.
            self.close()
            return True
        version, self._version = self._version, rows[0][0]
        return bool(version != self._version)

    def _open(self, inode: int) -> sqlite3.Connection:
        """Open the file, or the one that has replaced it: the old never moves again."""
        self.close()
        self._inode = inode
        self._version = -1  # what versions mean is a connection's own affair
        self._connection = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        return self._connection


def open_tail(layer: Layer) -> Tail:
    """Choose how to learn of new events, or of those that the layer does not bring."""
    if layer.is_shared and not layer.is_local:
        return TimerTail(settings.HEAD_CHECK_INTERVAL_S)
    if connection.vendor == "sqlite":
        return SqliteTail(Path(str(connection.settings_dict["NAME"])))
    return TimerTail(settings.TAIL_QUERY_INTERVAL_S)
