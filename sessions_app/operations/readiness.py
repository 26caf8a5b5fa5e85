import asyncio

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from sessions_app.delivery.feed.feed import Feed
from sessions_app.log.layer import Layer, LayerAway
from sessions_app.log.reader import Reader
from sessions_app.operations.schema import unapplied


class Readiness:
    """Finds what keeps this web process from serving well."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        # Not the feed's reader: a database that hangs would hold its threads.
        self._reader = Reader(1)
        self._layer = Layer()

    async def lacks(self) -> list[str]:
        """Name what is missing; nothing: it is ready."""
        found = await asyncio.gather(self._database(), self._layer_away())
        stopped = [] if self._feed.is_alive else ["feed: it has stopped"]
        return [*filter(None, found), *stopped]

    async def close(self) -> None:
        await self._reader.close()

    async def _database(self) -> str:
        try:
            async with asyncio.timeout(settings.READY_MAX_S):
                missing = await self._reader.read_once(unapplied)
        except (DatabaseError, InterfaceError, TimeoutError):
            return "database: it does not answer"
        if missing:
            return f"migrations: {len(missing)} to apply, run `manage.py migrate`"
        return ""

    async def _layer_away(self) -> str:
        if not self._layer.is_shared:
            return ""
        try:
            await self._layer.send("ready", {"type": "ready"})
        except LayerAway:
            return "layer: it does not answer"
        return ""
