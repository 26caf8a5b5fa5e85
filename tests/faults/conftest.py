from collections.abc import Iterator

import pytest

from tests.conftest import Install
from tests.faults.arena import Arena
from tests.servers.background import Background
from tests.servers.stack import POSTGRES_REDIS, SQLITE


@pytest.fixture(scope="module", params=[SQLITE, POSTGRES_REDIS], ids=str)
def opened(
    request: pytest.FixtureRequest, install_for_module: Install, background: Background
) -> Arena:
    arena = Arena(install_for_module(request.param), background)
    arena.open()
    return arena


@pytest.fixture
def arena(opened: Arena) -> Iterator[Arena]:
    """A running installation, which the tests of a module share."""
    yield opened
    opened.leave()
