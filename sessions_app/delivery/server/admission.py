import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from sessions_app.delivery.connection.sockets import Message, Send
from sessions_app.delivery.server.answer import Answer
from sessions_app.delivery.server.asker import asker_of
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.delivery.server.slots import Slots
from sessions_app.delivery.server.unavailable import BUSY, DATABASE_AWAY, TOO_MANY
from sessions_app.postgres.pooled import POOLED

Application = Callable[[Any, Any, Any], Awaitable[None]]


class Admission:
    """Lets so many HTTP requests at once into the application; the others wait.

    Each request has a thread and may have a database connection, so without a bound
    whoever asks often takes them from everybody. WebSockets and probes do not come this
    way. A response that is sent in pieces counts apart, among the streams.

    Every door answers in time where the database is away: a request that was not
    answered for DATABASE_PATIENCE_S is refused, if the database does not answer to
    others either.
    """

    def __init__(self, application: Application, database: DatabaseCheck) -> None:
        self._application = application
        self._database = database
        self._requests = Slots(
            settings.HTTP_REQUESTS_MAX,
            settings.HTTP_WAITING_MAX,
            settings.HTTP_WAITING_OF_ONE_MAX,
        )
        self._streams = Slots(settings.HTTP_STREAMS_MAX, 0, 0)
        self._work: set[asyncio.Task[None]] = set()  # some of it refused already

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        answer = Answer(scope, send, self._requests, self._streams, asker_of(scope))
        work = asyncio.create_task(self._serve(scope, receive, answer))
        self._work.add(work)
        work.add_done_callback(self._work.discard)
        try:
            await self._watch(work, answer)
        except asyncio.CancelledError:
            work.cancel()
            raise

    async def close(self) -> None:
        await asyncio.gather(*self._work, return_exceptions=True)

    async def _watch(self, work: "asyncio.Task[None]", answer: Answer) -> None:
        """Wait until a request has ended, or is refused for want of a database."""
        if await self._database.outlasts(work, lambda: answer.has_begun):
            await asyncio.shield(work)
        else:
            # The application hears that nobody waits for it; the slot is free when its
            # thread has ended.
            await answer.refuse(DATABASE_AWAY)

    async def _serve(self, scope: Message, receive: Any, answer: Answer) -> None:
        if not await answer.admit(settings.HTTP_WAIT_MAX_S):
            is_full = self._requests.waiting >= settings.HTTP_WAITING_MAX
            await answer.refuse(BUSY if is_full else TOO_MANY)
            return
        POOLED.set(True)
        try:
            if not answer.is_refused:
                await self._application(scope, receive, answer.send)
        finally:
            answer.release()
