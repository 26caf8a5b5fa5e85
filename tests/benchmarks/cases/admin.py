import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

import httpx2

from tests.benchmarks.bulk.bulk import INDEXED
from tests.benchmarks.ground import Ground
from tests.benchmarks.load.filled_sessions import fill_sessions
from tests.benchmarks.result import Result, quantile, rounded
from tests.benchmarks.servers import is_there
from tests.benchmarks.usage import cpu_seconds
from tests.servers.installation import Installation
from tests.servers.stack import POSTGRES, SQLITE, Stack

LARGE = "s_large"  # has half of all events
SESSIONS = "/admin/sessions_app/agentsession/"
EVENTS = "/admin/sessions_app/event/"
PAGES = {
    "index": "/admin/",
    "sessions": SESSIONS,
    "sessions, last page": f"{SESSIONS}?p=last",
    "sessions by status": f"{SESSIONS}?status__exact=running",
    "sessions by text": f"{SESSIONS}?q=prompt+77",
    "sessions by cost": f"{SESSIONS}?cost=10",
    "sessions, costliest first": f"{SESSIONS}?o=-5",
    "one session": f"{SESSIONS}{LARGE}/change/",
    "costs": f"{SESSIONS}costs/?days=90",
    "all events": EVENTS,
    "all events, page 200": f"{EVENTS}?p=200",
    "a rare type": f"{EVENTS}?type=error",
    "one log": f"{EVENTS}?q={LARGE}",
    "one log, page 200": f"{EVENTS}?q={LARGE}&p=200",
    "one log, its end": f"{EVENTS}?q={LARGE}&from=END&p=250",
    "one log, by type": f"{EVENTS}?q={LARGE}+turn_start",
    "one log, a rare type": f"{EVENTS}?q={LARGE}+error",
    "commands": "/admin/sessions_app/command/",
    "runners": "/admin/sessions_app/runnerprocess/",
}
SERIES = {
    True: "SELECT n FROM generate_series(1, {count}) AS s(n)",
    False: "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s "
    "WHERE n < {count}) SELECT n FROM s",
}
FILL = """
INSERT INTO sessions_app_event (session_id, seq, type, stream, ts, data)
SELECT CASE WHEN n <= {half} THEN '{large}'
            ELSE 's_' || (n % ({sessions} - 1) + 1) END,
       CASE WHEN n <= {half} THEN n
            ELSE (n - {half} - 1) / ({sessions} - 1) + 1 END,
       CASE WHEN n % 400000 = 7 THEN 'error' WHEN n % 100 = 0 THEN 'turn_start'
            ELSE 'text' END,
       '', 1789000000000 + n,
       '{{"type":"text","sessionId":"s","seq":' || n || ',"ts":1,"block":"m1.0",'
       || '"text":"{words}"}}'
FROM ({series}) AS numbers
"""


@dataclass(frozen=True)
class Taken:
    """What a page took, in milliseconds."""

    times: list[float]  # of each request, the whole way
    cpu: float  # of the server's processor, on average; whatever else runs


def measure(ground: Ground) -> Result:
    """How long does the admin take, beside many sessions and a long log?"""
    sqlite = _measure(ground, SQLITE)
    postgres = _measure(ground, POSTGRES) if is_there(POSTGRES) else {}
    return Result(
        figures={
            "sqlite_p95_ms": _p95(taken.times for taken in sqlite.values()),
            "postgres_p95_ms": _p95(taken.times for taken in postgres.values()),
            "sqlite_worst_page_p95_ms": _worst(sqlite),
            "postgres_worst_page_p95_ms": _worst(postgres),
            "sqlite_worst_page_cpu_ms": _worst_cpu(sqlite),
            "postgres_worst_page_cpu_ms": _worst_cpu(postgres),
        },
        details={
            name: {
                page: {"p95_ms": _p95([taken.times]), "cpu_ms": taken.cpu}
                for page, taken in found.items()
            }
            for name, found in (("sqlite", sqlite), ("postgres", postgres))
        },
    )


def _measure(ground: Ground, stack: Stack) -> dict[str, Taken]:
    """Ask for each page some times."""
    installation = ground.install(stack)
    _fill(installation, ground.plan.admin_sessions, ground.plan.admin_events)
    served = installation.serve("--no-runner")
    end = max(1, ground.plan.admin_events // 2 - 24_999)  # of half of all events
    with closing(installation.sign_in(served.url)) as client:
        found = {}
        for name, path in PAGES.items():
            path = path.replace("END", str(end)).replace(
                "p=last", f"p={ground.plan.admin_sessions // 50}"
            )
            _ask(client, path)  # what is loaded once is loaded now
            trials, before = ground.plan.admin_trials, cpu_seconds(served.process.pid)
            times = [_ask(client, path) for _ in range(trials)]
            cpu = (cpu_seconds(served.process.pid) - before) * 1000 / trials
            found[name] = Taken(times, round(cpu, 1))
    return found


def _ask(client: httpx2.Client, path: str) -> float:
    started = time.perf_counter()
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return (time.perf_counter() - started) * 1000


def _fill(installation: Installation, sessions: int, events: int) -> None:
    """Write sessions and their logs, past the project's own code."""
    half = events // 2
    heads = {f"s_{number}": half // (sessions - 1) for number in range(1, sessions)}
    fill_sessions(installation, {LARGE: half} | heads)
    series = SERIES[installation.stack.postgres].format(count=events)
    installation.run(
        FILL.format(
            half=half, large=LARGE, sessions=sessions, series=series, words="word " * 30
        )
    )
    installation.run(INDEXED)  # else the server would do it while it is measured
    installation.run("ANALYZE")


def _p95(times: Iterable[Sequence[float]]) -> float | None:
    return rounded(quantile([ms for one in times for ms in one], 0.95))


def _worst(found: dict[str, Taken]) -> float | None:
    return max((_p95([taken.times]) or 0.0 for taken in found.values()), default=None)


def _worst_cpu(found: dict[str, Taken]) -> float | None:
    return max((taken.cpu for taken in found.values()), default=None)
