from collections.abc import Iterator

import pytest

from tests.browser.conftest import OpenTab
from tests.browser.frame.framed_tab import WIDE, FramedTab
from tests.faults.arena import Arena


@pytest.fixture
def framed(arena: Arena, open_tab: OpenTab) -> FramedTab:
    """A tab that is wide enough for the sidebar."""
    return FramedTab(open_tab(arena.cookies, viewport=WIDE), arena)


@pytest.fixture
def streaming(arena: Arena) -> Iterator[str]:
    """A session that streams until the test is over."""
    session = arena.endless()
    yield session
    arena.end(session)


@pytest.fixture
def written(arena: Arena) -> str:
    """A session that is over, longer than the window."""
    session = arena.sessions.queue("[scenario: long tokens=1500 rate=0]")
    arena.sessions.await_rest(session, "completed")
    return session
