import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sessions_app.protocol.commands import Deny
from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.browser.tab import sign_in
from tests.faults.arena import Arena
from tests.servers.background import Background
from tests.servers.installation import Installation, Template
from tests.servers.process import ROOT, until
from tests.servers.stack import SQLITE

TARGET = ROOT / "docs" / "screenshots"
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
    )
}
TITLES = {
    "[scenario: coding rate=0]": "Share a bill fairly, with tests",
    "[scenario: subagents rate=0]": "Review the parser with two helpers",
    "[scenario: markdown rate=0]": "Explain how the report is laid out",
    "[scenario: api_error rate=0]": "Upgrade the payment client",
    "[scenario: long tokens=20000 rate=30]": "Write the migration guide",
}


AGENT = f"{sys.executable} {ROOT / 'tests' / 'browser' / 'scripted_agent.py'}"
# What an agent of somebody else asks, and what it shows.
SCENES = {
    "permission": "Print the shares of a bill",
    "plan": "Plan how shares are rounded",
    "question": "Choose where shares are kept",
    "work": "Round shares to the cent",
}

FOLDED_AGENT = ".has-agent .tool-head[aria-expanded=false]"
THROTTLED = {"type": "throttled", "delayMs": 250, "reason": "the server is behind"}
# Move a scrubber to a share of its way.
MOVE = """(scrubber, share) => {
  scrubber.value = Math.round(share * scrubber.max);
  scrubber.dispatchEvent(new Event("input", { bubbles: true }));
}"""


class Gallery:
    """Every page and state, light and dark, narrow and wide, as PNG files."""

    def __init__(self, arena: Arena, browser: Browser, target: Path) -> None:
        self._arena = arena
        self._browser = browser
        self._target = target
        self._sessions = {
            directive: arena.sessions.queue(f"{title}.\n\n{directive}")
            for directive, title in TITLES.items()
        }
        self._waiting = arena.sessions.queue("[scenario: coding rate=0]", "default")
        self._failed = arena.sessions.queue("[scenario: refusal rate=0]")
        self._agents: dict[str, str] = {}  # sessions by scene

    def take(self) -> None:
        self._set_the_scene()
        self.start_agents()
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
        }
        for scheme in ("light", "dark"):
            for width, size in WIDTHS.items():
                with self._page(scheme, size) as page:
                    is_pair = (scheme, width) in {("light", "wide"), ("dark", "narrow")}
                    for name, path in pages.items():
                        if name in PLAINER and not is_pair:
                            continue
                        self._visit(page, path)
                        self._shoot(page, f"{name}-{scheme}-{width}")
                    if is_pair:
                        self._states(page, tree, f"{scheme}-{width}")
                        self._other_agents(page, f"{scheme}-{width}")
                    self._looking_back(page, coding, tree, f"{scheme}-{width}")

    def _states(self, page: Page, tree: str, name: str) -> None:
        """What a page looks like after somebody, or something, has done it."""
        self._visit(page, "/")
        page.keyboard.press("?")
        self._shoot(page, f"help-{name}")
        self._visit(page, "/inbox/")
        page.get_by_role("button", name="Edit").first.click()
        self._shoot(page, f"edit-{name}")
        self._visit(page, f"/sessions/{tree}/?from=start")
        for _ in range(3):  # each unfolds agents of its own
            page.locator(FOLDED_AGENT).evaluate_all("all => all.map(a => a.click())")
            page.wait_for_timeout(300)
        page.locator(".scroller").evaluate("scroller => { scroller.scrollTop = 160; }")
        self._shoot(page, f"unfolded-{name}")
        proxy = self._arena.proxy()
        page.goto(f"{proxy.url}/")
        page.locator(".badge[data-state=live]").wait_for()
        proxy.refuse()
        page.locator(".badge[data-state=reconnecting]").wait_for()
        self._shoot(page, f"reconnecting-{name}")
        page.context.clear_cookies()
        page.goto(self._arena.server.url)
        self._shoot(page, f"signed-out-{name}")
        sign_in(page.context, self._arena.cookies)

    def start_agents(self) -> None:
        """Start the scripted agent once for each scene, and wait until it shows it."""
        sessions, installation = self._arena.sessions, self._arena.installation
        workdir = installation.directory / "fairshare"
        workdir.mkdir()
        for scene, title in SCENES.items():
            known = set(sessions.ids())
            words = ("--exec", AGENT, "--workdir", str(workdir), "--model", MODEL)
            installation.start("runagent", *words, scene)
            (session,) = until(partial(self._new, known))
            last = "memory_gap" if scene == "work" else "approval_request"
            sessions.await_event(session, last)
            sessions.set(session, title=title)
            self._agents[scene] = session

    def _new(self, known: set[str]) -> set[str]:
        return set(self._arena.sessions.ids()) - known

    def _other_agents(self, page: Page, name: str) -> None:
        """What agents of others ask and show, their menus and their commands."""
        for scene, session in self._agents.items():
            self._visit(page, f"/sessions/{session}/")
            page.locator(".setting").first.wait_for()
            if scene == "work":
                heads = page.locator(".tool-head[aria-expanded=false]")
                heads.evaluate_all("all => all.map(head => head.click())")
                page.get_by_role("img", name="The page").wait_for()
                page.get_by_label("Message to the agent").press("/")
                page.locator(".palette-item").first.wait_for()
            self._shoot(page, f"agent-{scene}-{name}")

    def _looking_back(self, page: Page, coding: str, tree: str, name: str) -> None:
        self._visit(page, f"/sessions/{tree}/")
        page.keyboard.press("o")
        page.locator(".outline .ledger-line").first.wait_for()
        self._shoot(page, f"outline-{name}")
        self._visit(page, f"/sessions/{coding}/")
        page.keyboard.press("f")
        page.get_by_role("treeitem", name="fairshare/split.py").click()
        page.locator("[data-diff=in]").first.wait_for()
        self._shoot(page, f"files-{name}")
        self._visit(page, f"/sessions/{tree}/")
        page.keyboard.press("r")
        page.get_by_role("button", name="Pause").press("Space")
        page.get_by_role("slider").evaluate(MOVE, 0.45)
        page.wait_for_timeout(600)
        self._shoot(page, f"replay-{name}")

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

    def _visit(self, page: Page, path: str) -> None:
        page.goto(self._arena.server.url + path)
        badge = page.locator(".badge")
        if badge.count():
            page.locator(".badge[data-state=live]").wait_for()
        if path == "/inbox/":
            page.locator(".ask-card").first.wait_for()
        page.wait_for_timeout(600)  # for what is painted a frame later

    def _shoot(self, page: Page, name: str) -> None:
        page.screenshot(path=self._target / f"{name}.png", animations="disabled")

    @contextmanager
    def _page(self, scheme: str, size: tuple[int, int]) -> Iterator[Page]:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            is_mobile=size == WIDTHS["narrow"],
        )
        sign_in(context, self._arena.cookies)
        yield context.new_page()
        context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Take pictures of every page.")
    parser.add_argument("--target", type=Path, default=TARGET)
    target: Path = parser.parse_args().target
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        template = Template(SQLITE, Path(directory))
        own = Path(directory) / "installation"
        own.mkdir(mode=0o700)
        installation = Installation(SQLITE, own, template)
        background = Background()
        try:
            arena = Arena(installation, background)
            arena.open()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM, args=list(ARGUMENTS)
                )
                Gallery(arena, browser, target).take()
                browser.close()
        finally:
            installation.end()
            background.end()


if __name__ == "__main__":
    main()
