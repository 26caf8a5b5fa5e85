import os
import re
import shutil
import sys
from bisect import bisect_left
from contextlib import closing
from pathlib import Path

import httpx2
import msgspec
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.ground import Ground
from tests.benchmarks.load import Crowd
from tests.benchmarks.program import Program
from tests.benchmarks.result import Result, quantile, rounded
from tests.benchmarks.ringside_peer import GRACE_S
from tests.installation import SESSION_COOKIE, Served
from tests.stack import SQLITE

SESSIONS = 10
RATE = 80.0  # tokens/s of each
WARM_UP_S = 3.0  # the page loads, and what came before is replayed
PROBE = Path(__file__).with_name("painted.js")
NOTHING = Result({"p50_ms": None, "p99_ms": None})


def measure(ground: Ground) -> Result:
    """Ten sessions run; one is on screen: from the simulator to the screen."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        return NOTHING
    tokens = round(RATE * (ground.plan.step_s + WARM_UP_S))
    claude = _claude(ground, tokens)
    installation = ground.install(SQLITE)
    served = installation.serve(
        "--concurrency",
        str(SESSIONS),
        RINGSIDE_SIMULATE="0",
        ANTHROPIC_API_KEY="any",
        ANTHROPIC_BASE_URL=claude.hear(),
    )
    with closing(installation.sign_in(served.url)) as client:
        sessions = [_start(client, number) for number in range(SESSIONS)]
        cookie = str(client.cookies[SESSION_COOKIE])
    _watch_others(ground, served, sessions[1:], cookie)
    painted = _look(chromium, served, sessions[0], cookie, tokens)
    claude.say("")
    left = msgspec.json.decode(claude.hear(), type=dict[str, list[float]])
    return _result(left["numbers0"], painted)


def _claude(ground: Ground, tokens: int) -> Program:
    module = "tests.benchmarks.numbered_claude"
    options = [str(SESSIONS), str(tokens), str(RATE)]
    program = Program([sys.executable, "-m", module, *options], ground.directory())
    ground.at_end(program.end)
    return program


def _start(client: httpx2.Client, number: int) -> str:
    """Start a session by the page's own form; return its id."""
    page = client.get("/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token is not None
    form = {
        "csrfmiddlewaretoken": token[1],
        "prompt": f"[scenario: numbers{number}]",
    }
    answer = client.post("/sessions/", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).strip("/").rpartition("/")[2]


def _watch_others(
    ground: Ground, served: Served, sessions: list[str], cookie: str
) -> None:
    crowd = Crowd(
        url=served.websocket_url,
        sessions=sessions,
        clients=len(sessions),
        limit_s=ground.plan.step_s + WARM_UP_S + GRACE_S,
        cookie=f"{SESSION_COOKIE}={cookie}",
    )
    ground.load(crowd)


def _look(
    chromium: str, served: Served, session: str, cookie: str, tokens: int
) -> list[tuple[int, float, float]]:
    """Open the page; return what it painted: number, changed, and painted, in ms."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        context = browser.new_context()
        context.add_cookies(
            [{"name": SESSION_COOKIE, "value": cookie, "url": served.url}]
        )
        page = context.new_page()
        page.add_init_script(path=PROBE)
        page.goto(f"{served.url}/sessions/{session}/")
        painted = _painted(page, tokens)
        browser.close()
    return painted


def _painted(page: Page, tokens: int) -> list[tuple[int, float, float]]:
    last = f"() => window.painted.some(([number]) => number === {tokens - 1})"
    page.wait_for_function(last, timeout=60_000)
    found: list[tuple[int, float, float]] = page.evaluate("window.painted")
    return found


def _result(left: list[float], painted: list[tuple[int, float, float]]) -> Result:
    """Compare when each number left with when it, or a later one, was painted."""
    numbers = [number for number, _, _ in painted]
    waits: list[float] = []
    changes: list[float] = []
    for number, left_ms in enumerate(left):
        if left_ms < left[0] + 1000 * WARM_UP_S:
            continue
        _, changed, shown = painted[bisect_left(numbers, number)]
        waits.append(shown - left_ms)
        changes.append(changed - left_ms)
    return Result(
        figures={
            "p50_ms": rounded(quantile(waits, 0.5)),
            "p99_ms": rounded(quantile(waits, 0.99)),
        },
        details={
            "tokens": len(waits),
            "changed_p50_ms": rounded(quantile(changes, 0.5)),
            "changed_p99_ms": rounded(quantile(changes, 0.99)),
        },
    )
