import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from tests.benchmarks.ground import Ground
from tests.benchmarks.page.timeline import fill
from tests.benchmarks.result import Figure, Result, quantile, ratio, rounded
from tests.benchmarks.rig import Rig
from tests.runners.sessions import Sessions
from tests.servers.stack import SQLITE

SESSIONS = 40
PRESS_MS = 80  # a person's click or tap: between pressing and letting go
READ_MS = 1_000  # a person reads, at the least, before the next key
EVENTS = 600  # of each log; a page reads the last 400
PROBE = Path(__file__).with_name("opening.js")
WAYS = ("mouse", "touch", "first_key", "next_key")
MEASURED = [f"{way}_{share}_ms" for way in WAYS for share in ("p50", "p95")]
NOTHING = Result(dict.fromkeys([*MEASURED, "load_p95_ms", "ratio"]))
NEXT = """() => {
  const rows = [...document.querySelectorAll('.sidebar-row')];
  const at = rows.findIndex(row => row.ariaCurrent === 'page');
  return rows[at + 1]?.dataset.session ?? null;
}"""


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
        context = browser.new_context(
            viewport={"width": 1440, "height": 800}, has_touch=True
        )
        name, _, value = rig.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": rig.served.url}])
        page = context.new_page()
        page.add_init_script(path=PROBE)
        trials = Trials(page, rig.served.url)
        for session, before in zip(sessions[1:], sessions, strict=False):
            trials.open(session, before)
        browser.close()
    figures: dict[str, Figure] = {}
    for way in WAYS:
        for share, at in (("p50", 0.5), ("p95", 0.95)):
            figures[f"{way}_{share}_ms"] = rounded(quantile(trials.took[way], at))
    load_ms = rounded(quantile(trials.loaded, 0.95))
    worst = max(figures[f"{way}_p95_ms"] or 0 for way in WAYS)
    figures |= {"load_p95_ms": load_ms, "ratio": ratio(worst, load_ms)}
    return Result(figures, {**trials.took, "loaded": trials.loaded})


def _sessions(rig: Rig) -> list[str]:
    sessions = Sessions(rig.installation)
    made = [sessions.queue(f"session {number}") for number in range(SESSIONS)]
    for session in made:
        sessions.set(session, status="completed")  # so that nobody else writes its log
        fill(rig.installation, session, EVENTS)
    return made


class Trials:
    """Opens sessions in each way, in turn with loading them, in ms.

    In turn, so that all meet the machine in the same state.
    """

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self._url = url
        self._client = page.context.new_cdp_session(page)
        self.took: dict[str, list[float]] = {way: [] for way in WAYS}
        self.loaded: list[float] = []

    def open(self, session: str, before: str) -> None:
        row = self._page.locator(f".sidebar-row[data-session={session}]")
        self._load(before, row)
        with self._timing("mouse", "click", session):
            row.click(delay=PRESS_MS)
        self._load(before, row)
        with self._timing("touch", "touchend", session):
            self._tap(row)
        self._load(before, row)
        self._walk()

    def _load(self, session: str, row: Locator) -> None:
        self._page.goto(f"{self._url}/sessions/{session}/")
        self.loaded.append(self._page.evaluate("window.loaded()"))
        row.wait_for()

    @contextmanager
    def _timing(self, way: str, event: str, session: str) -> Iterator[None]:
        given = [session, event]
        self._page.evaluate(
            "given => { window.opens = window.opensIn(...given) }", given
        )
        yield
        self.took[way].append(self._page.evaluate("window.opens"))

    def _tap(self, row: Locator) -> None:
        row.scroll_into_view_if_needed()
        box = row.bounding_box()
        assert box is not None
        at = [{"x": box["x"] + 20, "y": box["y"] + 10}]
        touch = "Input.dispatchTouchEvent"
        self._client.send(touch, {"type": "touchStart", "touchPoints": at})
        self._page.wait_for_timeout(PRESS_MS)
        self._client.send(touch, {"type": "touchEnd", "touchPoints": []})

    def _walk(self) -> None:
        """Go to the next session by a key, and on to the one after."""
        for way in ("first_key", "next_key"):
            self._page.wait_for_timeout(READ_MS)
            session = self._page.evaluate(NEXT)
            if session is None:
                return
            with self._timing(way, "keydown", session):
                self._page.keyboard.press("j")
