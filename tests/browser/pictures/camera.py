from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.tab import sign_in
from tests.faults.arena import Arena

SETTLES_MS = 600  # for what is painted a frame later
PHONE_PX = 500  # a narrower page is a telephone's


class Camera:
    """Opens pages as a person who is signed in, and takes pictures of them."""

    def __init__(self, arena: Arena, browser: Browser, target: Path) -> None:
        self.arena = arena
        self._browser = browser
        self._target = target

    @contextmanager
    def page(self, scheme: str, size: tuple[int, int]) -> Iterator[Page]:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            is_mobile=size[0] < PHONE_PX,
        )
        sign_in(context, self.arena.cookies)
        yield context.new_page()
        context.close()

    def visit(self, page: Page, path: str) -> None:
        page.goto(self.arena.server.url + path)
        if page.locator(".badge").count():
            page.locator(".badge[data-state=live]").wait_for()
        if path == "/inbox/":
            page.locator(".ask-card").first.wait_for()
        page.wait_for_timeout(SETTLES_MS)

    def shoot(self, page: Page, name: str) -> None:
        page.screenshot(path=self._target / f"{name}.png", animations="disabled")
