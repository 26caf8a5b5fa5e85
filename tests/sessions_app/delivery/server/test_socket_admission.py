import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.conf import settings

from sessions_app.delivery.connection.sockets import Message, Send
from sessions_app.delivery.server.database_check import DatabaseCheck
from sessions_app.delivery.server.socket_admission import SocketAdmission

ACCEPT: Message = {"type": "websocket.accept"}
TOO_MANY = settings.HANDSHAKES_MAX + 3


class Held:
    """An application that accepts WebSockets when it is let, and keeps them open."""

    def __init__(self) -> None:
        self.under_way = 0
        self.accepted = 0
        self.most = 0  # handshakes under way at once
        self.fails = False
        self.may_accept = asyncio.Event()

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.may_accept.wait()
            if self.fails:
                raise LookupError
        finally:
            self.under_way -= 1
        await send(ACCEPT)
        self.accepted += 1
        await asyncio.Event().wait()


class Door:
    """The admission in front of a held application, and those who come to it."""

    def __init__(self, database: DatabaseCheck) -> None:
        self.held = Held()
        self._admission = SocketAdmission(self.held, database)
        self.comers: list[asyncio.Task[None]] = []

    async def come(self, count: int) -> None:
        for _ in range(count):
            work = self._admission({"type": "websocket"}, None, _sent)
            self.comers.append(asyncio.create_task(work))
        await _settled()

    async def end(self) -> None:
        for comer in self.comers:
            comer.cancel()
        await asyncio.gather(*self.comers, return_exceptions=True)


async def _sent(message: Message) -> None:
    pass


async def _settled() -> None:
    for _ in range(20):  # turns of the event loop; each step takes a few
        await asyncio.sleep(0)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    database = DatabaseCheck()
    door = Door(database)
    yield door
    await door.end()
    await database.close()


async def test_so_many_handshakes_are_under_way_at_once(door: Door) -> None:
    await door.come(TOO_MANY)
    assert door.held.under_way == settings.HANDSHAKES_MAX


async def test_who_was_accepted_makes_room_and_stays(door: Door) -> None:
    await door.come(TOO_MANY)
    door.held.may_accept.set()
    await _settled()
    assert door.held.accepted == TOO_MANY
    assert door.held.most == settings.HANDSHAKES_MAX
    assert not any(comer.done() for comer in door.comers)


async def test_who_gives_up_makes_room(door: Door) -> None:
    await door.come(TOO_MANY)
    for comer in door.comers[: settings.HANDSHAKES_MAX]:
        comer.cancel()
    await _settled()
    assert door.held.under_way == TOO_MANY - settings.HANDSHAKES_MAX


async def test_a_handshake_that_fails_makes_room(door: Door) -> None:
    door.held.fails = True
    await door.come(TOO_MANY)
    door.held.may_accept.set()
    await asyncio.wait(door.comers, timeout=10)
    assert all(isinstance(comer.exception(), LookupError) for comer in door.comers)
    assert door.held.most == settings.HANDSHAKES_MAX
