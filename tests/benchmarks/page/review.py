import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.ground import Ground
from tests.benchmarks.page.timeline import extend
from tests.benchmarks.result import Result, quantile, rounded
from tests.benchmarks.rig import Rig
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.stack import SQLITE

FILES, LINES = 300, 666  # 200,000 lines together
TRIALS = 5
FRAMES = 300
PACES_PX = {"slow": 40, "fast": 2_000}  # a frame: with the wheel, with the scroll bar
PROBE = Path(__file__).with_name("review.js")
INSERT = """INSERT INTO sessions_app_output (id, session_id, data, total_bytes)
VALUES (?, ?, ?, ?) RETURNING id"""
NAMES = ("open_ms", "slow_p50_ms", "slow_p95_ms", "fast_p50_ms", "fast_p95_ms")


def measure(ground: Ground) -> Result:
    """Open the comparison of 300 files and 200,000 lines, and scroll through it."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        return Result(dict.fromkeys(NAMES))
    rig = Rig(ground, SQLITE)
    sessions = Sessions(rig.installation)
    session = sessions.queue("a large comparison")
    sessions.set(session, status="completed")  # so that nobody else writes its log
    compare(rig.installation, session)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        name, _, value = rig.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": rig.served.url}])
        page = context.new_page()
        page.add_init_script(path=PROBE)
        url = f"{rig.served.url}/sessions/{session}/"
        opened = [_open(page, url) for _ in range(TRIALS)]
        gaps = {name: _scroll(page, px) for name, px in PACES_PX.items()}
        browser.close()
    figures = {"open_ms": rounded(quantile(opened, 0.5))}
    for name, found in gaps.items():
        figures[f"{name}_p50_ms"] = rounded(quantile(found, 0.5))
        figures[f"{name}_p95_ms"] = rounded(quantile(found, 0.95))
    return Result(figures, {"opened_ms": opened})


def compare(installation: Installation, session: str) -> None:
    """Write a comparison of many new files, past the project's code."""
    lines = "".join(f"+    line {number} of it\n" for number in range(LINES))
    patch = f"--- /dev/null\n+++ b/x\n@@ -0,0 +1,{LINES} @@\n{lines}".encode()
    data = patch * FILES
    installation.rows(INSERT, "o_large", session, data, len(data))
    files = [
        {
            "path": f"file{number:03}.py",
            "status": "added",
            "added": LINES,
            "outputId": "o_large",
            "offset": number * len(patch),
            "bytes": len(patch),
            "lines": LINES + 1,
        }
        for number in range(FILES)
    ]
    event = {"type": "workdir_changes", "base": "b", "tree": "t", "files": files}
    extend(
        installation, session, 0, [{**event, "changed": FILES, "added": FILES * LINES}]
    )


def _open(page: Page, url: str) -> float:
    """Load the session and open its files; return the ms of opening."""
    page.goto(url)
    page.locator(".badge[data-state=live]").wait_for()
    took: float = page.evaluate("window.openFiles()")
    page.evaluate("localStorage.clear()")  # so that it is not open next time
    return took


def _scroll(page: Page, px: int) -> list[float]:
    page.evaluate("document.querySelector('.review .ledger').scrollTop = 0")
    gaps: list[float] = page.evaluate(f"window.scrollFiles({FRAMES}, {px})")
    return gaps
