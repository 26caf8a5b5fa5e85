import asyncio
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection

from sessions_app.log.database.errors import DATABASE_UNAVAILABLE
from sessions_app.log.database.reader import Reader


class DatabaseCheck:
    """Finds out whether the database answers; those who ask at once share a look.

    On a thread and a connection of its own, which a database that hangs holds up.
    """

    def __init__(self) -> None:
        self._reader = Reader(1)
        self._look: asyncio.Task[bool] | None = None

    async def answers(self) -> bool:
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._ask())
        return await asyncio.shield(self._look)

    async def outlasts(
        self, work: "asyncio.Future[Any]", has_answered: Callable[[], bool]
    ) -> bool:
        """Wait until work on a request has answered, or ended.

        Returns False as soon as the work has taken DATABASE_PATIENCE_S without an
        answer and the database does not answer to others either.
        """
        while not has_answered() and not work.done():
            await asyncio.wait([work], timeout=settings.DATABASE_PATIENCE_S)
            if has_answered() or work.done() or await self.answers():
                continue
            if not has_answered():
                return False
        return True

    async def close(self) -> None:
        if self._look:
            await asyncio.gather(self._look, return_exceptions=True)
        await self._reader.close()

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(settings.DATABASE_CHECK_S):
                await self._reader.read_once(_select)
        except (*DATABASE_UNAVAILABLE, TimeoutError):
            return False
        return True


def _select() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
