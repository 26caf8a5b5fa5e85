import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase

from sessions_app.delivery.connection.consumers import Consumer
from sessions_app.delivery.connection.sockets import Message
from sessions_app.log.log import Log
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import append_deltas
from tests.sessions_app.tab import Open, Tab

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.layer,
    pytest.mark.usefixtures("transactional_db"),
]


async def test_who_is_not_signed_in_is_told_so(consumer: Consumer) -> None:
    tab = Tab(consumer, AnonymousUser(), SessionBase())
    assert await tab.closes() == 4401
    assert tab.is_accepted  # else a browser could not read the code


async def test_other_paths_are_refused(consumer: Consumer) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await consumer({"path": "/elsewhere/"}, receive, send)
    assert sent == [{"type": "websocket.close"}]


async def test_who_leaves_is_forgotten(
    open_tab: Open, session: AgentSession, log: Log
) -> None:
    tab = open_tab()
    tab.subscribe(session.id)
    await tab.hears("live")
    await tab.leave()
    await append_deltas(log, session, 3)
    assert tab.code is None
    assert tab.of("events") == []
