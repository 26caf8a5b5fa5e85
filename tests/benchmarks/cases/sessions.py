from tests.benchmarks.ground import Ground
from tests.benchmarks.load.job import Job
from tests.benchmarks.load.load import Seen
from tests.benchmarks.peers.ringside_peer import GRACE_S
from tests.benchmarks.result import Result, rounded
from tests.benchmarks.rig import Rig
from tests.benchmarks.servers import is_there
from tests.benchmarks.usage import cpu_seconds
from tests.servers.stack import POSTGRES_REDIS, SQLITE, Stack

RATE = 80.0  # events/s of each session


def measure(ground: Ground) -> Result:
    """Many sessions at once, each at an agent's pace, from emit to socket."""
    sqlite, on_sqlite = _run(ground, SQLITE, sessions=10, viewers=4)
    postgres, on_postgres = (
        _run(ground, POSTGRES_REDIS, sessions=10, viewers=4)
        if is_there(POSTGRES_REDIS)
        else (None, None)
    )
    fifty, on_fifty = _run(ground, SQLITE, sessions=50, viewers=2)
    expected = round(RATE * ground.plan.step_s) * fifty.clients
    return Result(
        figures={
            "sqlite_p50_ms": rounded(sqlite.p50),
            "sqlite_p99_ms": rounded(sqlite.p99),
            "pg_redis_p50_ms": rounded(postgres.p50) if postgres else None,
            "pg_redis_p99_ms": rounded(postgres.p99) if postgres else None,
            "fifty_missing": fifty.missing(expected),
            "fifty_p99_ms": rounded(fifty.p99),
        },
        details={"sqlite": on_sqlite, "pg_redis": on_postgres, "fifty": on_fifty},
    )


def _run(
    ground: Ground, stack: Stack, sessions: int, viewers: int
) -> tuple[Seen, dict[str, object]]:
    rig = Rig(ground, stack)
    seconds = ground.plan.step_s
    count = round(RATE * seconds)
    ids = rig.new_sessions(sessions)
    load = rig.load(ids, sessions * viewers, seconds + GRACE_S, upto=count)
    cpu = cpu_seconds(rig.server_pid)
    made = rig.production.do(Job(sessions=ids, count=count, rate=RATE))
    cpu = cpu_seconds(rig.server_pid) - cpu
    seen = load.seen()
    return seen, {
        "p50_ms": seen.p50,
        "p99_ms": seen.p99,
        "max_ms": seen.longest,
        "closes": seen.closes,
        "commit_p50_ms": rounded(made.commit_p50_ms),
        "commit_p99_ms": rounded(made.commit_p99_ms),
        "produced_s": rounded(made.elapsed_s),
        "server_cpu_s": rounded(cpu),
        "runner_cpu_s": rounded(made.cpu_s),
    }
