from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.browser.desktop import Desktop
from tests.browser.tab import Tab, Tabs
from tests.conftest import installing
from tests.faults.arena import Arena
from tests.servers.background import Background
from tests.servers.installation import Template
from tests.servers.process import PATIENCE_S
from tests.servers.stack import POSTGRES_REDIS, SQLITE, Stack, skip

OpenTab = Callable[..., Tab]


# Not longer than this package: Playwright keeps an event loop running in the thread,
# and no other test could start its own.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        skip(f"set CHROMIUM to where Chromium is; it is not at {CHROMIUM}")
    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=list(ARGUMENTS),
            ignore_default_args=["--hide-scrollbars"],  # people have them, and drag
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def arenas(
    tmp_path_factory: pytest.TempPathFactory,
    template_of: Callable[[Stack], Template],
    background: Background,
) -> Iterator[Callable[[Stack], Arena]]:
    opened: dict[Stack, Arena] = {}
    with installing(tmp_path_factory.mktemp("browser"), template_of) as install_on:

        def arena_on(stack: Stack) -> Arena:
            if stack not in opened:
                opened[stack] = Arena(install_on(stack), background)
                opened[stack].open()
            return opened[stack]

        yield arena_on


@pytest.fixture
def arena(arenas: Callable[[Stack], Arena]) -> Iterator[Arena]:
    """A running installation on SQLite alone, shared by all browser tests."""
    yield arenas(SQLITE)
    arenas(SQLITE).leave()


@pytest.fixture(params=[SQLITE, POSTGRES_REDIS], ids=str)
def any_arena(
    request: pytest.FixtureRequest, arenas: Callable[[Stack], Arena]
) -> Iterator[Arena]:
    """The same, and one on PostgreSQL and Redis."""
    yield arenas(request.param)
    arenas(request.param).leave()


@pytest.fixture
def open_tab(chromium: Browser) -> Iterator[OpenTab]:
    """Opens tabs; in the end none may have met an error or broken the policy."""
    tabs = Tabs(chromium)
    yield tabs.open
    tabs.close()


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[Desktop]:
    """A browser as people have it: a tab behind another is hidden."""
    opened = Desktop(chromium.browser_type)
    yield opened
    opened.close()


@pytest.fixture
def asking(arena: Arena) -> Iterator[str]:
    """A session that waits for a person."""
    session = arena.sessions.queue("[scenario: coding rate=0]", "default")
    arena.sessions.await_status(session, "waiting")
    yield session
    arena.end(session)
