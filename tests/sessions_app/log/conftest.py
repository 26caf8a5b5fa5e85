from collections.abc import AsyncIterator

import pytest

from sessions_app.log.batch import Batch
from sessions_app.log.log import Log
from tests.sessions_app.logbook import Gate


@pytest.fixture
def published() -> list[Batch]:
    return []


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def log(
    transactional_db: None, published: list[Batch], gate: Gate
) -> AsyncIterator[Log]:
    async with Log(published.append, gate) as log:
        yield log
        gate.open()
