import asyncio
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings

from sessions_app.delivery.connection.sockets import Message, Send
from sessions_app.delivery.server.admission import Admission
from sessions_app.delivery.server.database_check import DatabaseCheck

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
PIECE: Message = {"type": "http.response.body", "body": b"a", "more_body": True}
END: Message = {"type": "http.response.body", "body": b""}


class Held:
    """An application that begins to answer, and goes on when it is let."""

    def __init__(self) -> None:
        self.in_work = 0
        self.may_end = asyncio.Event()

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        self.in_work += 1
        try:
            await send(START)
            if scope["path"] == "/export":
                await send(PIECE)
            await self.may_end.wait()
            await send(END)
        finally:
            self.in_work -= 1


@pytest.fixture
async def database() -> AsyncIterator[DatabaseCheck]:
    database = DatabaseCheck()
    yield database
    await database.close()


def asked(number: int, path: str, session: str = "") -> Message:
    """Make a request of an address of its own, by a session if one is given."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}".encode()
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "client": [f"192.0.2.{number}", 1000],
        "headers": [(b"cookie", cookie)] if session else [],
    }


class Client:
    """One request, and what is sent to it."""

    def __init__(self, admission: Admission, scope: Message) -> None:
        self._sent: list[Message] = []
        self.answered = asyncio.create_task(admission(scope, None, self._send))

    @property
    def status(self) -> int | None:
        return self._sent[0]["status"] if self._sent else None

    async def _send(self, message: Message) -> None:
        self._sent.append(message)


async def statuses(clients: Sequence[Client]) -> set[int | None]:
    """Wait until all were answered, and say how."""
    await asyncio.gather(*(client.answered for client in clients))
    return {client.status for client in clients}


async def settle() -> None:
    """Let every task take the steps that it can take now."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_many_addresses_together_have_so_many_requests_at_once(
    database: DatabaseCheck,
) -> None:
    held = Held()
    admission = Admission(held, database)
    clients = [
        Client(admission, asked(number, "/"))
        for number in range(settings.HTTP_REQUESTS_MAX + 5)
    ]
    await settle()
    assert held.in_work == settings.HTTP_REQUESTS_MAX
    held.may_end.set()
    assert await statuses(clients) == {HTTPStatus.OK}


async def test_one_session_cannot_have_all_exports(database: DatabaseCheck) -> None:
    held = Held()
    admission = Admission(held, database)
    greedy = [
        Client(admission, asked(number, "/export", "greedy"))
        for number in range(settings.HTTP_REQUESTS_OF_PERSON_MAX)
    ]
    await settle()
    one_more = Client(admission, asked(200, "/export", "greedy"))
    other = Client(admission, asked(201, "/export", "other"))
    await settle()
    assert {client.status for client in greedy} == {HTTPStatus.OK}
    assert (one_more.status, other.status) == (
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.OK,
    )
    held.may_end.set()
    await statuses([*greedy, one_more, other])
