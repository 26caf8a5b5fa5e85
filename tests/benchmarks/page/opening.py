import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.ground import Ground
from tests.benchmarks.page.timeline import fill
from tests.benchmarks.result import Result, quantile, ratio, rounded
from tests.benchmarks.rig import Rig
from tests.runners.sessions import Sessions
from tests.servers.stack import SQLITE

SESSIONS = 40
PRESS_MS = 80  # a person's click: between pressing the button and letting it go
EVENTS = 600  # of each log; a page reads the last 400
PROBE = Path(__file__).with_name("opening.js")
NOTHING = Result(dict.fromkeys(("open_p50_ms", "open_p95_ms", "load_p95_ms", "ratio")))


def measure(ground: Ground) -> Result:
    """Open sessions in the frame, one after the other, beside loading each anew."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        return NOTHING
    rig = Rig(ground, SQLITE)
    sessions = _sessions(rig)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 800})
        name, _, value = rig.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": rig.served.url}])
        page = context.new_page()
        page.add_init_script(path=PROBE)
        opened, loaded = _open_and_load(page, rig.served.url, sessions)
        browser.close()
    figures = {
        "open_p50_ms": rounded(quantile(opened, 0.5)),
        "open_p95_ms": rounded(quantile(opened, 0.95)),
        "load_p95_ms": rounded(quantile(loaded, 0.95)),
    }
    return Result(
        {**figures, "ratio": ratio(figures["open_p95_ms"], figures["load_p95_ms"])},
        {"opened_ms": opened, "loaded_ms": loaded},
    )


def _sessions(rig: Rig) -> list[str]:
    sessions = Sessions(rig.installation)
    made = [sessions.queue(f"session {number}") for number in range(SESSIONS)]
    for session in made:
        sessions.set(session, status="completed")  # so that nobody else writes its log
        fill(rig.installation, session, EVENTS)
    return made


def _open_and_load(
    page: Page, url: str, sessions: list[str]
) -> tuple[list[float], list[float]]:
    """Return ms of opening each session in the frame, and of loading its page.

    In turn, so that both meet the machine in the same state.
    """
    opened: list[float] = []
    loaded: list[float] = []
    for session, before in zip(sessions[1:], sessions, strict=False):
        page.goto(f"{url}/sessions/{before}/")
        loaded.append(page.evaluate("window.loaded()"))
        page.locator(f".sidebar-row[data-session={session}]").wait_for()
        page.evaluate("session => { window.opens = window.opensIn(session) }", session)
        page.locator(f".sidebar-row[data-session={session}]").click(delay=PRESS_MS)
        opened.append(page.evaluate("window.opens"))
    return opened, loaded
