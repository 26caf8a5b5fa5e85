from tests.benchmarks.ground import Ground
from tests.benchmarks.load.job import Job
from tests.benchmarks.result import Result, quantile, rounded
from tests.benchmarks.rig import Rig
from tests.servers.stack import SQLITE

PROCESSES = 8
RATE = 80.0  # events/s of each


def measure(ground: Ground) -> Result:
    """Eight runner processes write one SQLite file; how long do commits take?"""
    rig = Rig(ground, SQLITE)
    count = round(RATE * ground.plan.step_s)
    producers = [rig.new_production() for _ in range(PROCESSES)]
    sessions = [producer.begin(1) for producer in producers]
    for producer, ids in zip(producers, sessions, strict=True):
        producer.start(Job(sessions=ids, count=count, rate=RATE))
    made = [producer.finish() for producer in producers]
    return Result(
        figures={
            "p99_ms": rounded(
                quantile([ms for one in made for ms in one.commits_ms], 0.99)
            ),
            "errors": sum(one.errors for one in made),
        },
        details={
            "p50_ms": [rounded(one.commit_p50_ms) for one in made],
            "p99_ms": [rounded(one.commit_p99_ms) for one in made],
            "late_p99_ms": [rounded(one.late_p99_ms) for one in made],
            "cpu_s": [rounded(one.cpu_s) for one in made],
        },
    )
