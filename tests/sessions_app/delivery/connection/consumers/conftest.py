from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase

from sessions_app.delivery.connection.consumers import Consumer
from sessions_app.log.layer import Layer
from sessions_app.log.log import Log
from sessions_app.log.publisher import Publisher
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import held_session
from tests.sessions_app.serving import serving
from tests.sessions_app.tab import Open, Tab, sign_in


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.HEAD_CHECK_INTERVAL_S = 0.05
    settings.LIST_INTERVAL_S = 0.02


@pytest.fixture
def alice(transactional_db: None) -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def signed_in(alice: User) -> SessionBase:
    return sign_in(alice)


@pytest.fixture
def session(alice: User) -> AgentSession:
    return held_session(id="s_one", owner=alice)


@pytest.fixture
def other(alice: User) -> AgentSession:
    return held_session(id="s_two", owner=alice)


@pytest.fixture
async def consumer(transactional_db: None) -> AsyncIterator[Consumer]:
    async with serving() as consumer:
        yield consumer


@pytest.fixture
async def open_tab(
    consumer: Consumer, alice: User, signed_in: SessionBase
) -> AsyncIterator[Open]:
    tabs: list[Tab] = []

    def open_one() -> Tab:
        tabs.append(Tab(consumer, alice, signed_in))
        return tabs[-1]

    yield open_one
    for tab in tabs:
        await tab.leave()


@pytest.fixture
async def log(consumer: Consumer) -> AsyncIterator[Log]:
    """A runner's half; its layer is the process's one, so it goes first."""
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(Publisher(Layer()))
        yield await stack.enter_async_context(Log(publisher.offer, publisher.announce))
