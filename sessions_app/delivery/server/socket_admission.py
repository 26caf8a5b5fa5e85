import asyncio
from typing import Any

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
    """

    def __init__(self, application: Application, database: DatabaseCheck) -> None:
        self._application = application
        self._database = database
        self._late: set[asyncio.Future[None]] = (
            set()
        )  # their threads wait for a database

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        handshake = Handshake(send)
        application = self._application(scope, receive, handshake.send)
        work = asyncio.ensure_future(application)
        try:
            if await self._database.outlasts(work, lambda: handshake.is_answered):
                await work
                return
        except DATABASE_UNAVAILABLE:
            if handshake.is_answered:
                raise
        except asyncio.CancelledError:
            work.cancel()
            raise
        await handshake.refuse()
        work.cancel()
        self._late.add(work)
        work.add_done_callback(self._late.discard)

    async def close(self) -> None:
        await asyncio.gather(*self._late, return_exceptions=True)


class Handshake:
    """The answer to a WebSocket's handshake: the application's, or a refusal."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_refused = False
        self.is_answered = False

    async def send(self, message: Message) -> None:
        """Send a message of the application's, unless the handshake was refused."""
        if not self._is_refused:
            self.is_answered = True
            await self._send(message)

    async def refuse(self) -> None:
        self.is_answered = self._is_refused = True
        content_type, body = DATABASE_AWAY.body("")
        encoded = [
            (name.encode(), value.encode())
            for name, value in headers(content_type, body).items()
        ]
        start = {"type": f"{REFUSAL}.start", "status": DATABASE_AWAY.status}
        await self._send(start | {"headers": encoded})
        await self._send({"type": f"{REFUSAL}.body", "body": body})
