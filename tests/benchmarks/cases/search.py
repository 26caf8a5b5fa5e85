import random
import time
from collections.abc import Callable
from contextlib import ExitStack

import httpx2

from tests.benchmarks.bulk.bulk import fill
from tests.benchmarks.bulk.logs import Logs
from tests.benchmarks.ground import Ground
from tests.benchmarks.result import Result, quantile, rounded
from tests.benchmarks.servers import is_there
from tests.servers.installation import Installation, follow_link
from tests.servers.stack import POSTGRES, SQLITE, Stack

WORDS = 100_000  # there are: w0, w1, ...; the lower its number, the commoner a word
# Different ones, which the events say in turn. A prime: each session says all of them.
TEXTS = 29_989
EVENT_WORDS = 25
SHAPE = 0.25  # of the Pareto distribution: w1 is in nearly all events
# Of the sessions: one in so many is theirs.
OWNERS = {"operator": 100, "lead": 2}
# What is looked for, the nth time.
QUERIES: dict[str, Callable[[int], str]] = {
    "a common word": lambda n: f"w{1 + n % 3}",
    "a word of middling rank": lambda n: f"w{300 + n}",
    "a rare word": lambda n: f"w{90_000 + n}",
    "two common words": lambda n: f"w1 w{2 + n % 3}",
    "a common and a rare word": lambda n: f"w1 w{90_000 + n}",
    "a phrase": lambda n: f'"w1 w{2 + n % 3}"',
    "the beginning of a word": lambda n: f"w{1 + n % 3}*",  # of some 11,000 words
    "a word that is nowhere": lambda n: f"x{n}",
}


def measure(ground: Ground) -> Result:
    """How long does a search over many logs take, the whole way to its page?"""
    sqlite = _measure(ground, SQLITE)
    postgres = _measure(ground, POSTGRES) if is_there(POSTGRES) else {}
    return Result(
        figures={
            "sqlite_p95_ms": _p95(sqlite),
            "postgres_p95_ms": _p95(postgres),
            "sqlite_worst_query_p95_ms": _worst(sqlite),
            "postgres_worst_query_p95_ms": _worst(postgres),
        },
        details={
            name: {
                query: [rounded(quantile(times, part)) for part in (0.5, 0.95)]
                for query, times in found.items()
            }
            for name, found in (("sqlite", sqlite), ("postgres", postgres))
        },
    )


def _measure(ground: Ground, stack: Stack) -> dict[str, list[float]]:
    """Ask each question some times, as each person; milliseconds."""
    installation = ground.install(stack)
    sessions, events = ground.plan.admin_sessions, ground.plan.admin_events
    fill(installation, Logs(sessions, events // sessions, texts(), is_interleaved=True))
    served = installation.serve("--no-runner")
    with ExitStack() as open_:
        people = {"admin": installation.sign_in(served.url)}
        for name, share in OWNERS.items():
            people[name] = _sign_in_owner(installation, served.url, name, share)
        for client in people.values():
            open_.callback(client.close)
        return {
            f"{what}, {name}": ask_search(client, query, ground.plan.admin_trials)
            for name, client in people.items()
            for what, query in QUERIES.items()
        }


def ask_search(
    client: httpx2.Client, query: Callable[[int], str], trials: int
) -> list[float]:
    """Ask so many times, one after another; milliseconds until the page is there."""
    found = []
    for trial in range(trials + 1):
        started = time.perf_counter()
        answer = client.get("/search/", params={"q": query(trial)})
        found.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, answer.status_code
    return found[1:]  # what is loaded once is loaded now


def _sign_in_owner(
    installation: Installation, url: str, name: str, share: int
) -> httpx2.Client:
    link = installation.manage(
        "signin", name, "--create", "--role", "operator", "--base-url", url
    )
    installation.run(
        "UPDATE sessions_app_agentsession SET owner_id = "  # noqa: S608
        f"(SELECT id FROM auth_user WHERE username = '{name}') WHERE owner_id IS NULL "
        f"AND CAST(substr(id, 3) AS integer) % {share} = 0"
    )
    return follow_link(url, link.strip())


def texts() -> list[str]:
    """Return what the events say, the same in each run."""
    dice = random.Random(1)  # noqa: S311
    return [
        " ".join(
            f"w{int(dice.paretovariate(SHAPE)) % WORDS}" for _ in range(EVENT_WORDS)
        )
        for _ in range(TEXTS)
    ]


def _p95(found: dict[str, list[float]]) -> float | None:
    return rounded(quantile([ms for times in found.values() for ms in times], 0.95))


def _worst(found: dict[str, list[float]]) -> float | None:
    return max((_p95({"": times}) or 0.0 for times in found.values()), default=None)
