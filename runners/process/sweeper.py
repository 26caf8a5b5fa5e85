import asyncio

from django.conf import settings

from sessions_app.log.database.reader import Reader
from sessions_app.log.sweep import sweep, unswept

SESSIONS_PER_ROUND = 50
STEPS_PER_ROUND = 50  # steps of one session before the next session's turn
PAUSE_S = 0.02  # seconds between two steps, in which others can write


class Sweeper:
    """Deletes superseded deltas in small steps, of all sessions in turn."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def run(self) -> None:
        while True:
            await asyncio.sleep(settings.SWEEP_INTERVAL_S)
            behind = await self._reader.read(unswept, SESSIONS_PER_ROUND)
            for _ in range(STEPS_PER_ROUND):
                behind = [id_ for id_ in behind if await self._step(id_)]

    async def _step(self, session_id: str) -> bool:
        """Sweep one step of a session; return whether more may be left."""
        is_behind = await self._reader.read(sweep, session_id)
        await asyncio.sleep(PAUSE_S)
        return is_behind
