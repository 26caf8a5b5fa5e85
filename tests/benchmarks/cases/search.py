import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice

import httpx2

from sessions_app.history.search.entry import SearchEntry
from sessions_app.history.search.postgres_terms import tsvector
from sessions_app.history.search.sqlite_terms import row
from tests.benchmarks.ground import Ground
from tests.benchmarks.load.filled_sessions import fill_sessions
from tests.benchmarks.result import Result, quantile, rounded
from tests.benchmarks.servers import is_there
from tests.servers.installation import Installation, follow_link
from tests.servers.stack import POSTGRES, SQLITE, Stack

WORDS = 100_000  # there are: w0, w1, ...; the lower its number, the commoner a word
POOL = 1_000_000  # words in a row, of which each event says some
EVENT_WORDS = 25
SHAPE = 0.25  # of the Pareto distribution: w1 is in nearly all events
AT_ONCE = 2_000  # events of one statement
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
INDEX = {
    True: "INSERT INTO sessions_app_search_terms (event_id, session_id, terms) VALUES ",
    False: "INSERT INTO sessions_app_search_terms (rowid, session, words, parts) "
    "VALUES ",
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
    _fill(installation, ground.plan.admin_sessions, ground.plan.admin_events)
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


def _fill(installation: Installation, sessions: int, events: int) -> None:
    """Write sessions and their logs, searchable, past the project's own code."""
    length = events // sessions
    fill_sessions(installation, {f"s_{n}": length for n in range(sessions)})
    values = _events(sessions, events)
    while rows := list(islice(values, AT_ONCE)):
        installation.run(
            "INSERT INTO sessions_app_event "  # noqa: S608
            "(id, session_id, seq, type, stream, ts, data) VALUES "
            + ", ".join(_row(entry, seq) for entry, seq in rows)
        )
        index = _postgres if installation.stack.postgres else _sqlite
        installation.run(
            INDEX[installation.stack.postgres]
            + ", ".join(index(entry) for entry, _ in rows)
        )
    installation.run(
        "INSERT INTO sessions_app_searchindex (session_id, seq, terms_seq, title) "
        "SELECT id, 0, head_seq, title FROM sessions_app_agentsession"
    )
    installation.run("ANALYZE")


def _events(sessions: int, events: int) -> Iterator[tuple[SearchEntry, int]]:
    dice = random.Random(1)  # noqa: S311  the same words in each run
    pool = [f"w{int(dice.paretovariate(SHAPE)) % WORDS}" for _ in range(POOL)]
    for number in range(events):
        at = dice.randrange(POOL - EVENT_WORDS)
        text = " ".join(pool[at : at + EVENT_WORDS])
        yield (
            SearchEntry(number + 1, f"s_{number % sessions}", text),
            number // sessions + 1,
        )


def _row(entry: SearchEntry, seq: int) -> str:
    data = f'{{"type":"text","seq":{seq},"block":"m1.0","text":"{entry.text}"}}'
    id_, session = entry.event_id, entry.session_id
    return f"({id_}, '{session}', {seq}, 'text', '', {id_}, '{data}')"


def _postgres(entry: SearchEntry) -> str:
    terms = tsvector(entry).replace("'", "''")
    return f"({entry.event_id}, '{entry.session_id}', '{terms}')"


def _sqlite(entry: SearchEntry) -> str:
    id_, *texts = row(entry)
    quoted = ", ".join(f"'{text}'" for text in texts)
    return f"({id_}, {quoted})"


def _p95(found: dict[str, list[float]]) -> float | None:
    return rounded(quantile([ms for times in found.values() for ms in times], 0.95))


def _worst(found: dict[str, list[float]]) -> float | None:
    return max((_p95({"": times}) or 0.0 for times in found.values()), default=None)
