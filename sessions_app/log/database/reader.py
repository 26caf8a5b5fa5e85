import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

from sessions_app.log.database.errors import DATABASE_UNAVAILABLE
from sessions_app.log.database.lasting_connection import renew
from sessions_app.log.database.repeated_warning import RepeatedWarning
from sessions_app.protocol.backoff import Backoff

logger = logging.getLogger(__name__)
RETRY_FIRST_S = 0.05  # doubles with each retry, up to LOG_RETRY_MAX_S
P = ParamSpec("P")
T = TypeVar("T")


class Reader:
    """Runs database queries off the event loop, on a thread pool of its own.

    asgiref's one shared thread would make every query wait for the slowest one.
    """

    def __init__(self, threads: int) -> None:
        self._count = threads
        self._failures = RepeatedWarning(logger, "read_retry")
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")

    async def read(self, query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query; while the database is unavailable, wait and retry."""
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
        """Run a query once; raises the database's errors."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, lambda: _fresh(query, *args, **kwargs)
        )

    async def close(self) -> None:
        """Wait for the running queries, then close each thread's connection.

        A barrier holds each thread until all have closed: without it one thread could
        run two of the close jobs and another none.
        """
        loop = asyncio.get_running_loop()
        all_here = Barrier(self._count)

        def leave() -> None:
            try:
                connections.close_all()
            finally:  # also if the database server is gone and the close raises
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
