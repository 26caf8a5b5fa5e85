import asyncio
from typing import Any

from django.conf import settings

from sessions_app.delivery.connection.sockets import Message, Send
from sessions_app.delivery.server.admission import Application
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.delivery.server.unavailable import DATABASE_AWAY, headers
from sessions_app.log.database.errors import DATABASE_UNAVAILABLE

REFUSAL = "websocket.http.response"  # the ASGI extension for answers to a handshake


class SocketAdmission:
    """Refuses a WebSocket's handshake with 503 while the database is away.

    Who opens a WebSocket is looked up in the database before the handshake is answered.
    The browser comes back by itself, as it does after any handshake that failed.

    HANDSHAKES_MAX are under way at once: each takes memory, and after a restart all
    browsers come at the same time.
    """

    def __init__(self, application: Application, database: DatabaseCheck) -> None:
        self._application = application
        self._database = database
        self._turns = asyncio.Semaphore(settings.HANDSHAKES_MAX)
        self._looks: set[asyncio.Task[None]] = set()  # at a database that may be away

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        handshake = Handshake(send, asyncio.current_task())
        # A timer, for a task beside each handshake would cost kilobytes.
        look = asyncio.get_running_loop().call_later(
            settings.DATABASE_PATIENCE_S, self._look_at, handshake
        )
        try:
            await self._turns.acquire()
            handshake.answered.add_done_callback(lambda _: self._turns.release())
            await self._application(scope, receive, handshake.send)
        except DATABASE_UNAVAILABLE:
            if handshake.is_answered and not handshake.is_refused:
                raise
            await handshake.refuse()
        except asyncio.CancelledError:
            if not handshake.is_refused:
                raise
        finally:
            handshake.be_answered()  # or given up: another has its turn
            look.cancel()

    def _look_at(self, handshake: "Handshake") -> None:
        if not handshake.is_answered:
            look = asyncio.create_task(self._refuse_if_away(handshake))
            self._looks.add(look)
            look.add_done_callback(self._looks.discard)

    async def _refuse_if_away(self, handshake: "Handshake") -> None:
        """Refuse a handshake that waits for a database which is away."""
        is_away = not await self._database.answers()
        if is_away or not await self._database.outlasts(
            handshake.answered, lambda: handshake.is_answered
        ):
            await handshake.give_up()


class Handshake:
    """The answer to a WebSocket's handshake: the application's, or a refusal."""

    def __init__(self, send: Send, work: "asyncio.Task[Any] | None") -> None:
        self._send = send
        self._work = work
        self.answered: asyncio.Future[None] = asyncio.Future()
        self.is_refused = False

    @property
    def is_answered(self) -> bool:
        return self.answered.done()

    async def send(self, message: Message) -> None:
        """Send a message of the application's, unless the handshake was refused."""
        if not self.is_refused:
            self.be_answered()
            await self._send(message)

    async def give_up(self) -> None:
        """Refuse a handshake that is not answered yet, and end the work on it."""
        if self.is_answered:
            return
        await self.refuse()
        if self._work:
            self._work.cancel()

    async def refuse(self) -> None:
        """Answer 503, once, in the application's place."""
        if self.is_refused:
            return
        self.is_refused = True
        self.be_answered()
        content_type, body = DATABASE_AWAY.body("")
        encoded = [
            (name.encode(), value.encode())
            for name, value in headers(content_type, body).items()
        ]
        start = {"type": f"{REFUSAL}.start", "status": DATABASE_AWAY.status}
        await self._send(start | {"headers": encoded})
        await self._send({"type": f"{REFUSAL}.body", "body": body})

    def be_answered(self) -> None:
        """End what waits for the answer."""
        if not self.answered.done():
            self.answered.set_result(None)
