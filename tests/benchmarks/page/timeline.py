import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from hatch_build import FRONTEND, NODE_BIN
from tests.benchmarks.ground import Ground
from tests.benchmarks.result import Figure, Result, quantile, rounded
from tests.benchmarks.rig import Rig
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.stack import SQLITE

PROBE = Path(__file__).with_name("timeline.js")
INSERT = """INSERT INTO sessions_app_event
(session_id, seq, type, stream, ts, data) VALUES """
UPDATE = """UPDATE sessions_app_agentsession SET head_seq = ?
WHERE id = ? RETURNING id"""
BATCH = 1_000  # events, of one INSERT
LIVE_RATE = 400  # events/s
LIVE_STEP_S = 0.1
SCROLL_FRAMES = 300
SCROLL_PX = 120  # a frame
LAST = "the very last words"
SHOWS_END = f"""() =>
  document.querySelector(".timeline")?.textContent.includes("{LAST}")
  && performance.now()"""
NOTHING = Result(
    dict.fromkeys(
        ("mounted_max", "frame_p95_ms", "scroll_p95_ms", "heap_mb", "open_ms"), None
    )
)
Event = dict[str, Any]


def measure(ground: Ground) -> Result:
    """Open, follow and scroll a session of 100,000 events in a real page."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    costs = append_costs()
    worst = max(late / early for early, late in costs.values())
    if not chromium:
        return Result({**NOTHING.figures, "append_ratio_200k": rounded(worst)})
    rig = Rig(ground, SQLITE)
    sessions = Sessions(rig.installation)
    session = sessions.queue("a long session")
    sessions.set(session, status="completed")  # so that nobody else writes its log
    head = fill(rig.installation, session, ground.plan.timeline_events)
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
        opened = [_open(page, url) for _ in range(3)]
        found = _follow_and_scroll(page, url, rig.installation, session, head, ground)
        browser.close()
    return Result(
        figures={
            **found,
            "open_ms": rounded(quantile(opened, 0.5)),
            "append_ratio_200k": rounded(worst),
        },
        details={"append_ms": costs, "opened_ms": opened},
    )


def append_costs() -> dict[str, list[float]]:
    """Run the page's markdown in Node: ms of an append at 5 kB and at 200 kB."""
    node = [str(NODE_BIN / "node"), "bench/append.ts"]
    done = subprocess.run(node, cwd=FRONTEND, capture_output=True, check=True)
    costs: dict[str, list[float]] = json.loads(done.stdout)
    return costs


def fill(installation: Installation, session: str, count: int) -> int:
    """Write a long log, past the project's code; return its head."""
    batch: list[Event] = []
    head = 0
    for event in log(count):
        batch.append(event)
        if len(batch) == BATCH or event.get("text", "").endswith(LAST):
            head = extend(installation, session, head, batch)
            batch = []
    return head


def log(count: int) -> Iterator[Event]:
    """Turns of a text that streams, with its final, and a call of a tool."""
    turn = written = 0
    while written < count - 40:
        events = list(turn_of(turn, turn % 60))
        written += len(events)
        turn += 1
        yield from events
    yield {"type": "text", "block": "last.0", "text": f"And these are {LAST}"}


def turn_of(turn: int, words: int) -> Iterator[Event]:
    message, call = f"m{turn}", {"toolUseId": f"t{turn}", "tool": "bash"}
    block = f"{message}.0"
    yield {"type": "turn_start", "turn": turn, "messageId": message, "model": "m"}
    yield {"type": "block_start", "block": block, "kind": "text"}
    text = ""
    for word in range(words):
        delta = words_of(turn, word) + ("\n\n" if word % 20 == 19 else " ")
        yield {
            "type": "text_delta",
            "block": block,
            "offset": len(text),
            "delta": delta,
        }
        text += delta
    yield {"type": "text", "block": block, "text": text or "Nothing."}
    given = {"command": f"echo {turn}"}
    yield {"type": "tool_use", "block": f"{message}.1", **call, "input": given}
    output = "a line of output\n" * (turn % 30)
    result = {"output": output, "isError": False, "durationMs": 5}
    yield {"type": "tool_result", **call, **result}


def words_of(turn: int, n: int) -> str:
    """Some words, as agents write: here and there one is bold, or code."""
    match n % 10:
        case 3:
            return f"and **word {n}** of it"
        case 7:
            return f"in `file_{turn}.py`"
        case _:
            return f"word {n} of {turn}"


def extend(
    installation: Installation, session: str, head: int, events: list[Event]
) -> int:
    values: list[Any] = []
    for seq, event in enumerate(events, head + 1):
        stamped = {**event, "sessionId": session, "seq": seq, "ts": 1_000 + seq}
        values += [session, seq, event["type"], "", 1_000 + seq, json.dumps(stamped)]
    marks = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(events))
    installation.rows(f"{INSERT} {marks} RETURNING seq", *values)
    head += len(events)
    update = (
        "UPDATE sessions_app_agentsession SET head_seq = ? WHERE id = ? RETURNING id"
    )
    installation.rows(update, head, session)
    return head


def _open(page: Page, url: str) -> float:
    """Open the page; return ms from the navigation until it shows the end."""
    page.goto(url)
    return float(page.wait_for_function(SHOWS_END, polling=5).json_value())


def _follow_and_scroll(
    page: Page,
    url: str,
    installation: Installation,
    session: str,
    head: int,
    ground: Ground,
) -> dict[str, Figure]:
    """Read the whole log, follow it live for a while, and scroll back."""
    page.goto(f"{url}?from=start")
    _read_to(page, session, head)
    page.evaluate("window.probe.scripts.length = 0")
    head = _go_on(installation, session, head, ground.plan.step_s)
    _read_to(page, session, head)
    scripts: list[float] = page.evaluate("window.probe.scripts")
    gaps: list[float] = page.evaluate(f"window.scrollUp({SCROLL_FRAMES}, {SCROLL_PX})")
    client = page.context.new_cdp_session(page)
    client.send("HeapProfiler.collectGarbage")
    heap = client.send("Runtime.getHeapUsage")["usedSize"]
    return {
        "mounted_max": page.evaluate("window.probe.mounted"),
        "frame_p95_ms": rounded(quantile(scripts, 0.95)),
        "scroll_p95_ms": rounded(quantile(gaps, 0.95)),
        "heap_mb": rounded(heap / 1_000_000),
    }


def _read_to(page: Page, session: str, head: int) -> None:
    page.wait_for_function(
        "([session, head]) => window.ringside.cursor(session) >= head",
        arg=[session, head],
        timeout=120_000,
    )


def _go_on(installation: Installation, session: str, head: int, lasts_s: float) -> int:
    """Let the session go on at its rate; return its new head."""
    step = round(LIVE_RATE * LIVE_STEP_S)
    events = (event for turn in range(10**6) for event in turn_of(10**6 + turn, 60))
    began = time.monotonic()
    while (passed := time.monotonic() - began) < lasts_s:
        head = extend(installation, session, head, [next(events) for _ in range(step)])
        left = LIVE_STEP_S - (time.monotonic() - began - passed)
        time.sleep(max(0.0, left))
    return head
