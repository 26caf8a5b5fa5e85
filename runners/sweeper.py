import asyncio

from django.conf import settings

from sessions_app.reader import Reader
from sessions_app.sweep import sweep, unswept

SESSIONS_PER_ROUND = 50
PAUSE_S = 0.02  # between two steps, for those who write meanwhile


class Sweeper:
    """Deletes superseded deltas, a little at a time."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def run(self) -> None:
        while True:
            await asyncio.sleep(settings.SWEEP_INTERVAL_S)
            for session_id in await self._reader.read(unswept, SESSIONS_PER_ROUND):
                await self._sweep(session_id)

    async def _sweep(self, session_id: str) -> None:
        while True:
            is_done = not await self._reader.read(sweep, session_id)
            if is_done:
                return
            await asyncio.sleep(PAUSE_S)
