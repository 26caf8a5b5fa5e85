import re
import time
from contextlib import closing

import httpx2

from tests.benchmarks.bulk.bulk import fill
from tests.benchmarks.bulk.logs import Logs
from tests.benchmarks.cases.search import QUERIES, ask_search, texts
from tests.benchmarks.ground import Ground
from tests.benchmarks.result import Figure, Result, quantile, ratio, rounded
from tests.benchmarks.servers import is_there
from tests.servers.installation import Installation
from tests.servers.stack import POSTGRES

OLD = 500  # sessions, to be pruned
AGED = """
UPDATE sessions_app_agentsession SET status = 'completed', updated_at = now() - CASE
    WHEN substr(id, 3)::int < {old} THEN interval '2 years' ELSE interval '1 day' END
"""
LISTS = ("/", "/sessions/list", "/sessions/list?q=Title", "/search/?q=w1")


def measure(ground: Ground) -> Result:
    """What becomes slower when there are five times as many sessions and events?"""
    if not is_there(POSTGRES):
        return Result({})
    plan = ground.plan
    length = plan.admin_events // plan.admin_sessions
    few = _measure(ground.install(POSTGRES), plan.admin_sessions, length)
    many = _measure(ground.install(POSTGRES), plan.grown_sessions, length)
    figures: dict[str, Figure] = {}
    for name in few:
        figures[name] = few[name]
        figures[f"grown_{name}"] = many[name]
        figures[f"grown_{name}_ratio"] = ratio(many[name], few[name])
    return Result(figures)


def _measure(
    installation: Installation, sessions: int, length: int
) -> dict[str, Figure]:
    fill(installation, Logs(sessions, length, texts()))
    installation.run(AGED.format(old=OLD))
    installation.run("VACUUM ANALYZE sessions_app_agentsession")
    served = installation.serve("--no-runner")
    with closing(installation.sign_in(served.url)) as client:
        searches = {w: ask_search(client, query, 10) for w, query in QUERIES.items()}
        lists = [_get_ms(client, path) for path in LISTS for _ in range(6)]
    every = [ms for times in searches.values() for ms in times]
    return {
        "search_p95_ms": rounded(quantile(every, 0.95)),
        "two_common_words_p95_ms": rounded(
            quantile(searches["two common words"], 0.95)
        ),
        "list_p95_ms": rounded(quantile(lists, 0.95)),
        "prune_dry_run_s": rounded(_prune(installation, "--dry-run")[1]),
        "pruned_a_second": _speed(installation),
    }


def _get_ms(client: httpx2.Client, path: str) -> float:
    began = time.perf_counter()
    assert client.get(path).status_code == 200, path
    return (time.perf_counter() - began) * 1000


def _speed(installation: Installation) -> Figure:
    gone, seconds = _prune(installation)
    return rounded(gone / seconds)


def _prune(installation: Installation, *options: str) -> tuple[int, float]:
    """Prune the oldest sessions; return how many, and how long it took."""
    began = time.perf_counter()
    said = installation.manage("prune", "--older-than", "1y", *options)
    return int(re.findall(r"(\d+) sessions", said)[-1]), time.perf_counter() - began
