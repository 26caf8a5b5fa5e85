import time

from playwright.sync_api import Page

from sessions_app.protocol.commands import Deny
from tests.browser.pictures.camera import Camera
from tests.browser.tab import sign_in
from tests.faults.arena import Arena

MODEL = "claude-opus-5-5"
WIDTHS = {"wide": (1440, 800), "narrow": (390, 720)}
# Two pictures of these say enough, and keep the repository small.
PLAINER = {
    *(
        "running",
        "agents",
        "transcript",
        "search",
        "failed",
        "troubled",
        "none",
        "share",
        "wall",
        "notifications",
        "console",
    )
}
TITLES = {
    "[scenario: coding rate=0]": "Share a bill fairly, with tests",
    "[scenario: subagents rate=0]": "Review the parser with two helpers",
    "[scenario: markdown rate=0]": "Explain how the report is laid out",
    "[scenario: api_error rate=0]": "Upgrade the payment client",
    "[scenario: long tokens=20000 rate=30]": "Write the migration guide",
}


FOLDED_AGENT = ".has-agent .tool-head[aria-expanded=false]"
THROTTLED = {"type": "throttled", "delayMs": 250, "reason": "the server is behind"}
# Move a scrubber to a share of its way.
MOVE = """(scrubber, share) => {
  scrubber.value = Math.round(share * scrubber.max);
  scrubber.dispatchEvent(new Event("input", { bubbles: true }));
}"""


class PagePictures:
    """Every page and state, light and dark, narrow and wide, as PNG files."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._arena: Arena = camera.arena
        arena = self._arena
        self._sessions = {
            directive: arena.sessions.queue(f"{title}.\n\n{directive}")
            for directive, title in TITLES.items()
        }
        self._waiting = arena.sessions.queue("[scenario: coding rate=0]", "default")
        self._failed = arena.sessions.queue("[scenario: refusal rate=0]")

    def take(self) -> None:
        self._set_the_scene()
        coding, tree, _, troubled, running = self._sessions.values()
        pages = {
            "list": "/",
            "inbox": "/inbox/",
            "session": f"/sessions/{coding}/",
            "running": f"/sessions/{running}/",
            "agents": f"/sessions/{tree}/",
            "waiting": f"/sessions/{self._waiting}/",
            "transcript": f"/sessions/{coding}/transcript/",
            "search": "/search/?q=amount",
            "failed": f"/sessions/{self._failed}/",
            "troubled": f"/sessions/{troubled}/",
            "none": "/?text=nothing+is+called+this",
            "share": f"/sessions/{coding}/share/",
            "wall": "/wall/",
            "notifications": "/notifications/",
            "console": "/admin/",
        }
        for scheme in ("light", "dark"):
            for width, size in WIDTHS.items():
                with self._camera.page(scheme, size) as page:
                    is_pair = (scheme, width) in {("light", "wide"), ("dark", "narrow")}
                    for name, path in pages.items():
                        if name in PLAINER and not is_pair:
                            continue
                        self._camera.visit(page, path)
                        self._camera.shoot(page, f"{name}-{scheme}-{width}")
                    if is_pair:
                        self._states(page, tree, f"{scheme}-{width}")
                    self._looking_back(page, coding, tree, f"{scheme}-{width}")

    def _states(self, page: Page, tree: str, name: str) -> None:
        """What a page looks like after somebody, or something, has done it."""
        self._camera.visit(page, "/")
        page.keyboard.press("?")
        self._camera.shoot(page, f"help-{name}")
        self._camera.visit(page, "/inbox/")
        page.get_by_role("button", name="Edit", exact=True).first.click()
        self._camera.shoot(page, f"edit-{name}")
        self._camera.visit(page, f"/sessions/{tree}/?from=start")
        for _ in range(3):  # each unfolds agents of its own
            page.locator(FOLDED_AGENT).evaluate_all("all => all.map(a => a.click())")
            page.wait_for_timeout(300)
        page.locator(".scroller").evaluate("scroller => { scroller.scrollTop = 160; }")
        self._camera.shoot(page, f"unfolded-{name}")
        proxy = self._arena.proxy()
        page.goto(f"{proxy.url}/")
        page.locator(".badge[data-state=live]").wait_for()
        proxy.refuse()
        page.locator(".badge[data-state=reconnecting]").wait_for()
        self._camera.shoot(page, f"reconnecting-{name}")
        page.context.clear_cookies()
        page.goto(self._arena.server.url)
        self._camera.shoot(page, f"signed-out-{name}")
        sign_in(page.context, self._arena.cookies)

    def _looking_back(self, page: Page, coding: str, tree: str, name: str) -> None:
        self._camera.visit(page, f"/sessions/{tree}/")
        page.keyboard.press("o")
        page.locator(".outline .ledger-line").first.wait_for()
        self._camera.shoot(page, f"outline-{name}")
        self._camera.visit(page, f"/sessions/{coding}/")
        page.keyboard.press("f")
        page.get_by_role("treeitem", name="fairshare/split.py").click()
        page.locator("[data-diff=in]").first.wait_for()
        self._camera.shoot(page, f"files-{name}")
        self._camera.visit(page, f"/sessions/{tree}/")
        page.keyboard.press("r")
        page.get_by_role("button", name="Pause").press("Space")
        page.get_by_role("slider").evaluate(MOVE, 0.45)
        page.wait_for_timeout(600)
        self._camera.shoot(page, f"replay-{name}")

    def _set_the_scene(self) -> None:
        sessions = self._arena.sessions
        for prompt, session in self._sessions.items():
            sessions.set(session, title=TITLES[prompt])
            is_long = "rate=30" in prompt
            sessions.await_status(
                session, "running" if is_long else "completed", "failed"
            )
        sessions.set(self._failed, title="Say who wrote the anonymous letter")
        sessions.await_status(self._failed, "failed")
        troubled = self._sessions["[scenario: api_error rate=0]"]
        now = time.time_ns() // 1_000_000
        self._arena.extend(troubled, {**THROTTLED, "ts": now})
        sessions.set(self._waiting, title="Round shares to the cent")
        sessions.await_status(self._waiting, "waiting")
        asked = sessions.await_event(self._waiting, "approval_request")
        sessions.tell(self._waiting, Deny(tool_use_id=asked["toolUseId"], reason="No"))
