from collections.abc import AsyncIterator

import pytest

from sessions_app.batch import Batch
from sessions_app.log import Log


@pytest.fixture
def published() -> list[Batch]:
    return []


@pytest.fixture
async def log(transactional_db: None, published: list[Batch]) -> AsyncIterator[Log]:
    async with Log(published.append) as log:
        yield log
