import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

from sessions_app.log.errors import DATABASE_UNAVAILABLE
from sessions_app.log.lasting_connection import renew
from sessions_app.log.repeated_warning import RepeatedWarning
from sessions_app.protocol.backoff import Backoff

logger = logging.getLogger(__name__)
RETRY_FIRST_S = 0.05  # twice as long each time, up to LOG_RETRY_MAX_S
P = ParamSpec("P")
T = TypeVar("T")


class Reader:
    """Reads the database off the event loop, on threads of its own.

    asgiref's one shared thread would make every reader wait for the slowest.
    """

    def __init__(self, threads: int) -> None:
        self._count = threads
        self._failures = RepeatedWarning(logger, "read_retry")
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")

    async def read(self, query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query; while the database is away, wait and try again."""
        backoff = Backoff(RETRY_FIRST_S, settings.LOG_RETRY_MAX_S)
        while True:
            try:
                return await self.read_once(query, *args, **kwargs)
            except DATABASE_UNAVAILABLE as error:
                self._failures.note(error)
                await asyncio.sleep(backoff.next_s())

    async def read_once(
        self, query: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query; raises what the database does."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, lambda: _fresh(query, *args, **kwargs)
        )

    async def close(self) -> None:
        """Wait for what is being read, and close each thread's connection.

        Each thread waits for all others, so that none closes twice and another never.
        """
        loop = asyncio.get_running_loop()
        all_here = Barrier(self._count)

        def leave() -> None:
            try:
                connections.close_all()
            finally:  # also where the server is gone and a close raises
                all_here.wait()

        leaving = [
            loop.run_in_executor(self._threads, leave) for _ in range(self._count)
        ]
        for end in await asyncio.gather(*leaving, return_exceptions=True):
            if isinstance(end, BaseException):
                logger.warning("event=close_failed error=%r", str(end))
        self._threads.shutdown()


def _fresh(query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    renew()
    return query(*args, **kwargs)
