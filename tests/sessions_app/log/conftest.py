from collections.abc import AsyncIterator

import pytest

from sessions_app.batch import Batch
from sessions_app.log import Log
from sessions_app.models import AgentSession
from tests.sessions_app.logbook import (
    held_session,
)


@pytest.fixture
def published() -> list[Batch]:
    return []


@pytest.fixture
async def log(transactional_db: None, published: list[Batch]) -> AsyncIterator[Log]:
    async with Log(published.append) as log:
        yield log


@pytest.fixture
def one(transactional_db: None) -> AgentSession:
    return held_session(id="s_one")


@pytest.fixture
def two(transactional_db: None) -> AgentSession:
    return held_session(id="s_two")
