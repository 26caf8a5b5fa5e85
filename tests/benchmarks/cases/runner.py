import time
from dataclasses import dataclass

from tests.benchmarks.ground import Ground
from tests.benchmarks.result import Result, quantile, ratio, rounded
from tests.benchmarks.usage import cpu_seconds, resident_kb
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import Process, until
from tests.servers.stack import SQLITE

SESSIONS = 50
RATE = 50  # tokens/s of each
GRACE_S = 120.0
TAKEN_S = """SELECT
(SELECT max(ts) FROM sessions_app_event WHERE session_id = ? AND type = 'turn_end'),
(SELECT min(ts) FROM sessions_app_event WHERE session_id = ? AND type = 'turn_start')
"""


@dataclass(frozen=True)
class Round:
    """How long each session streamed, in s, and what the runner used meanwhile."""

    seconds: list[float]
    cpu_percent: float
    grown_mb: float  # at its peak


def measure(ground: Ground) -> Result:
    """One runner with one session, then with many: what do they cost each other?"""
    installation = ground.install(SQLITE)
    installation.env |= _claude(ground)
    runner = installation.start("runagent", "--queue", "--concurrency", str(SESSIONS))
    tokens = round(RATE * ground.plan.step_s)
    # What is made only once, the client of the API above all, is made before.
    _round(installation, runner, 1, RATE)
    alone = _round(installation, runner, 1, tokens)
    together = _round(installation, runner, SESSIONS, tokens)
    slowest = max(together.seconds)
    return Result(
        figures={
            "cpu_percent": rounded(together.cpu_percent),
            "mb_per_session": rounded(together.grown_mb / SESSIONS),
            "slowdown_vs_alone": ratio(slowest, max(alone.seconds)),
        },
        details={
            "sessions": SESSIONS,
            "tokens_per_s": RATE,
            "alone_s": rounded(max(alone.seconds)),
            "alone_cpu_percent": rounded(alone.cpu_percent),
            "median_s": rounded(quantile(together.seconds, 0.5)),
            "slowest_s": rounded(slowest),
            "runner_mb": rounded(resident_kb(runner.pid) / 1024),
        },
    )


def _claude(ground: Ground) -> dict[str, str]:
    """Start Claude's stand-in as a process of its own, so that it is not measured."""
    simulator = Process(
        ["-m", "runners.simulator", "--rate", str(RATE), "--jitter", "0"],
        ground.install(SQLITE).env,
        ground.directory(),
    )
    ground.at_end(simulator.end)
    return {
        "RINGSIDE_SIMULATE": "0",
        "ANTHROPIC_API_KEY": "any",
        "ANTHROPIC_BASE_URL": simulator.prints("listening on ").split()[-1],
    }


def _round(
    installation: Installation, runner: Process, count: int, tokens: int
) -> Round:
    sessions = Sessions(installation)
    before_kb, before_s = resident_kb(runner.pid), cpu_seconds(runner.pid)
    began = time.perf_counter()
    prompt = f"[scenario: long tokens={tokens}]"
    ids = [sessions.queue(prompt, engine="anthropic") for _ in range(count)]
    peak_kb = before_kb

    def all_done() -> bool:
        nonlocal peak_kb
        peak_kb = max(peak_kb, resident_kb(runner.pid))
        return all(sessions.status(session_id) == "completed" for session_id in ids)

    until(all_done, tokens / RATE + GRACE_S)
    took = time.perf_counter() - began
    return Round(
        seconds=[_seconds(installation, session_id) for session_id in ids],
        cpu_percent=100 * (cpu_seconds(runner.pid) - before_s) / took,
        grown_mb=(peak_kb - before_kb) / 1024,
    )


def _seconds(installation: Installation, session_id: str) -> float:
    """How long a session's reply took, from its first event to its last."""
    ((ended, began),) = installation.rows(TAKEN_S, session_id, session_id)
    return (int(ended) - int(began)) / 1000
