import asyncio

from django.conf import settings

from sessions_app.log.database.reader import Reader
from sessions_app.log.sweep import sweep, unswept

SESSIONS_PER_ROUND = 50
STEPS_PER_ROUND = 50  # of each; then it looks who else is behind
PAUSE_S = 0.02  # between two steps, for those who write meanwhile


class Sweeper:
    """Deletes superseded deltas, a little at a time, of all sessions in turn."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def run(self) -> None:
        while True:
            await asyncio.sleep(settings.SWEEP_INTERVAL_S)
            behind = await self._reader.read(unswept, SESSIONS_PER_ROUND)
            for _ in range(STEPS_PER_ROUND):
                behind = [id_ for id_ in behind if await self._step(id_)]

    async def _step(self, session_id: str) -> bool:
        """Tell whether more may be left of a session."""
        is_behind = await self._reader.read(sweep, session_id)
        await asyncio.sleep(PAUSE_S)
        return is_behind
