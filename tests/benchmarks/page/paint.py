import os
import re
import shutil
import sys
import time
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx2
import msgspec

from tests.benchmarks.ground import Ground
from tests.benchmarks.load.load import Crowd
from tests.benchmarks.load.lone_browser import NO_COOKIES, LoneBrowser
from tests.benchmarks.peers.ringside_peer import GRACE_S
from tests.benchmarks.program import Program
from tests.benchmarks.result import Result, quantile, rounded
from tests.servers.installation import SESSION_COOKIE, Served
from tests.servers.stack import SQLITE

SESSIONS = 10
RATE = 80.0  # tokens/s of each
WARM_UP_S = 3.0  # the page loads, and what came before is replayed
PROBE = Path(__file__).with_name("painted.js")
BARE_PAGE = Path(__file__).parents[1] / "load" / "bare_page.html"
FIGURES = ("p50_ms", "p99_ms", "bare_p50_ms", "bare_p99_ms")
NOTHING = Result(dict.fromkeys(FIGURES))


def measure(ground: Ground) -> Result:
    """Ten sessions run; one is on screen: from the simulator to the screen."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        return NOTHING
    tokens = round(RATE * (ground.plan.step_s + WARM_UP_S))
    browser = LoneBrowser(ground, chromium)  # first, so that its own start is past
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
    address = f"{served.url}/sessions/{sessions[0]}/"
    painted = _look(browser, address, tokens, {SESSION_COOKIE: cookie})
    claude.say("")
    left = msgspec.json.decode(claude.hear(), type=dict[str, list[float]])
    installation.end()
    return _result(_waits(left["numbers0"], painted), _bare(ground, chromium, tokens))


def _bare(ground: Ground, chromium: str, tokens: int) -> "Waits":
    """The floor: one socket, one text node, nothing else running."""
    command = [sys.executable, "-m", "tests.benchmarks.load.bare_stream"]
    stream = Program([*command, str(tokens), str(RATE)], ground.directory())
    ground.at_end(stream.end)
    browser = LoneBrowser(ground, chromium)
    painted = _look(browser, f"{BARE_PAGE.as_uri()}#{stream.hear()}", tokens)
    stream.say("")
    return _waits(msgspec.json.decode(stream.hear(), type=list[float]), painted)


def _claude(ground: Ground, tokens: int) -> Program:
    module = "tests.benchmarks.load.numbered_claude"
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
    browser: LoneBrowser,
    address: str,
    tokens: int,
    cookies: Mapping[str, str] = NO_COOKIES,
) -> list[tuple[int, float, float]]:
    """Open a page; return what it painted: number, changed, and painted, in ms."""
    browser.open(address, PROBE, cookies)
    time.sleep(tokens / RATE)
    last = f"window.painted.some(([number]) => number === {tokens - 1})"
    painted: list[tuple[int, float, float]] = browser.read(last, "window.painted")
    browser.end()
    return painted


@dataclass(frozen=True)
class Waits:
    """How long after each number left, in ms, the page changed, and showed it."""

    changed: list[float]
    shown: list[float]


def _waits(left: list[float], painted: list[tuple[int, float, float]]) -> Waits:
    """Compare when each number left with when it, or a later one, was painted."""
    numbers = [number for number, _, _ in painted]
    waits = Waits([], [])
    for number, left_ms in enumerate(left):
        if left_ms < left[0] + 1000 * WARM_UP_S:
            continue
        _, changed, shown = painted[bisect_left(numbers, number)]
        waits.changed.append(changed - left_ms)
        waits.shown.append(shown - left_ms)
    return waits


def _result(ours: Waits, bare: Waits) -> Result:
    return Result(
        figures={
            "p50_ms": rounded(quantile(ours.shown, 0.5)),
            "p99_ms": rounded(quantile(ours.shown, 0.99)),
            "bare_p50_ms": rounded(quantile(bare.shown, 0.5)),
            "bare_p99_ms": rounded(quantile(bare.shown, 0.99)),
        },
        details={
            "tokens": len(ours.shown),
            "changed_p50_ms": rounded(quantile(ours.changed, 0.5)),
            "changed_p99_ms": rounded(quantile(ours.changed, 0.99)),
            "bare_changed_p50_ms": rounded(quantile(bare.changed, 0.5)),
        },
    )
