import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.ground import Ground
from tests.benchmarks.load.job import Job
from tests.benchmarks.result import Figure, Result, quantile, ratio, rounded
from tests.benchmarks.rig import Rig
from tests.servers.stack import SQLITE

SESSIONS = 20
RATE = 80.0  # events/s of each
BLOCK_TOKENS = 400
WARM_UP_S = 3.0  # the page loads, and shows what came before
MARGIN_S = 12.0  # sessions stream longer than they are looked at
PROBE = Path(__file__).with_name("wall.js")
MEASURED = ("frame_p95_ms", "script_p95_ms", "script_ms_per_s", "heap_growth_mb")
COMPARED = MEASURED[:3]  # beside a single session; its heap is looked at for less long
HIDDEN = "hidden_script_ms_per_s"
NOTHING = Result(
    dict.fromkeys([*MEASURED, *(f"{name}_ratio" for name in COMPARED), HIDDEN])
)
# Below all tiles: none is in sight.
BELOW = """() => {
  document.querySelector('main').style.paddingBottom = '300vh';
  document.scrollingElement.scrollTop = 1e6;
}"""


def measure(ground: Ground) -> Result:
    """Twenty live sessions on the wall, beside one of them on its own page."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        return NOTHING
    rig = Rig(ground, SQLITE)
    sessions = rig.new_sessions(SESSIONS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        name, _, value = rig.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": rig.served.url}])
        page = context.new_page()
        page.add_init_script(path=PROBE)
        look = Look(page, rig, sessions)
        step_s = ground.plan.step_s
        single = look.at(f"/sessions/{sessions[0]}/", "m1", step_s)
        wall = look.at("/wall/", "m2", ground.plan.wall_s)
        tiles = page.locator(".tile").count()
        hidden = look.at("/wall/", "m3", step_s, BELOW)
        browser.close()
    ratios = {f"{name}_ratio": ratio(wall[name], single[name]) for name in COMPARED}
    return Result(
        {**wall, **ratios, HIDDEN: hidden["script_ms_per_s"]},
        {"single": single, "hidden": hidden, "tiles": tiles},
    )


@dataclass(frozen=True)
class Look:
    """A look at pages while all sessions stream."""

    page: Page
    rig: Rig
    sessions: list[str]

    def at(
        self, path: str, message: str, step_s: float, first: str = "() => {}"
    ) -> dict[str, Figure]:
        """Open a page, do something first, and look at it for a while.

        `message` names what streams.
        """
        page = self.page
        job = Job(
            sessions=self.sessions,
            count=round(RATE * (step_s + MARGIN_S)),
            rate=RATE,
            tokens_per_block=BLOCK_TOKENS,
            message=message,
        )
        self.rig.production.start(job)
        page.goto(self.rig.served.url + path)
        time.sleep(WARM_UP_S)
        page.evaluate(first)
        time.sleep(WARM_UP_S)
        before = _heap(page)
        page.evaluate("window.probe.gaps.length = window.probe.scripts.length = 0")
        time.sleep(step_s)
        probe: dict[str, list[float]] = page.evaluate("window.probe")
        growth = _heap(page) - before
        self.rig.production.finish()
        return {
            "frame_p95_ms": rounded(quantile(probe["gaps"], 0.95)),
            "script_p95_ms": rounded(quantile(probe["scripts"], 0.95)),
            "script_ms_per_s": rounded(sum(probe["scripts"]) / step_s),
            "heap_growth_mb": rounded(growth / 1_000_000),
        }


def _heap(page: Page) -> float:
    """The JavaScript heap in bytes, after a garbage collection."""
    client = page.context.new_cdp_session(page)
    client.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = client.send("Runtime.getHeapUsage")
    client.detach()
    return float(usage["usedSize"])
