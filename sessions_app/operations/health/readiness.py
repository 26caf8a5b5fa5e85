import asyncio
import math
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from sessions_app.delivery.feed.feed import Feed
from sessions_app.log.database.disk_room import check_room
from sessions_app.log.database.errors import is_disk_full, is_read_only
from sessions_app.log.database.reader import Reader
from sessions_app.log.layer import Layer, layer_away
from sessions_app.models import WebProcess
from sessions_app.operations.health.schema import unapplied
from sessions_app.operations.presence import Presence


@dataclass(frozen=True, slots=True)
class ReadinessReport:
    """What a web process lacks to serve requests, and what it serves without."""

    lacks: list[str]
    degraded: list[str]  # serves more slowly, but completely


class Readiness:
    """Checks whether this web process can serve, and whether it can serve well.

    Concurrent requests share one check, and its result is kept for READY_KEPT_S, so
    that frequent requests add no load to the database.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._look: asyncio.Task[ReadinessReport] | None = None
        self._looked_at = -math.inf
        # Not the feed's reader: a hanging database would block its threads.
        self._reader = Reader(1)
        self._presence = Presence(WebProcess, self._reader)
        # It asks for a connection for each check, as a page does for each request.
        self._pages_reader = Reader(1)
        self._layer = Layer()

    async def report(self) -> ReadinessReport:
        """Return what is missing; an empty list means that the process is ready."""
        now = asyncio.get_running_loop().time()
        if self._look is None or now - self._looked_at > settings.READY_KEPT_S:
            self._looked_at = now
            self._look = asyncio.create_task(self._report())
        return await asyncio.shield(self._look)

    async def _report(self) -> ReadinessReport:
        database, pages, layer = await asyncio.gather(
            self._database(), self._pages(), self._layer_away()
        )
        stopped = "" if self._feed.is_alive else "feed: it has stopped"
        # Without the database there are no connections either.
        lacks = [database or pages, stopped]
        # Without the layer the feed polls the log: everything arrives up to a second
        # late.
        return ReadinessReport([*filter(None, lacks)], [*filter(None, [layer])])

    async def close(self) -> None:
        if self._look:
            await asyncio.gather(self._look, return_exceptions=True)
            await self._presence.leave()
        await self._reader.close()
        await self._pages_reader.close()

    async def _database(self) -> str:
        try:
            async with asyncio.timeout(settings.READY_MAX_S):
                missing = await self._reader.read_once(unapplied)
                if missing:
                    count = len(missing)
                    return f"migrations: {count} to apply, run `manage.py migrate`"
                await self._reader.read_once(self._write)
        except TimeoutError:
            return "database: it does not answer"
        except (DatabaseError, InterfaceError) as error:
            if is_disk_full(error):
                return "database: its disk is full"
            if is_read_only(error):
                return "database: it cannot be written"
            return "database: it does not answer"
        return ""

    def _write(self) -> None:
        """Change a row: a database whose disk is full can still be read."""
        if not self._presence.touch():
            self._presence.write({"viewers": {}, "link_viewers": {}})
        check_room()

    async def _pages(self) -> str:
        """Ask for a connection as a page does: the pool may be exhausted."""
        try:
            async with asyncio.timeout(settings.READY_MAX_S):
                await self._pages_reader.read_once(_connect)
        except (TimeoutError, DatabaseError, InterfaceError):
            return "pages: no connection to the database is left for them"
        return ""

    async def _layer_away(self) -> str:
        if not self._layer.is_shared:
            return ""
        try:
            await self._layer.send("ready", {"type": "ready"})
        except layer_away():
            return "layer: it does not answer"
        return ""


def _connect() -> None:
    connection.close()
    connection.ensure_connection()
    connection.close()
