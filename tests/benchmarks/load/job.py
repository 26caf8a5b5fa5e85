import msgspec

from tests.benchmarks.result import quantile

COMMITS_MAX = 2_000


class Begin(msgspec.Struct, frozen=True, tag=True):
    """Begin so many sessions; a producer answers with their ids."""

    count: int


class Job(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What a producer is to append, to each of its sessions.

    Words of one endless block, or, with `tokens_per_block`, blocks of that length,
    each with its final and, unless `is_open`, the last one too.
    """

    sessions: list[str]
    count: int  # deltas, a session
    rate: float = 0.0  # deltas a second, a session; 0: as fast as the log takes them
    tokens_per_block: int = 0
    is_open: bool = False
    message: str = "m1"  # whose blocks these are
    sweep: bool = False  # delete superseded deltas afterwards, all that there are


class Produced(msgspec.Struct, frozen=True, kw_only=True):
    """How that went. Commits are timed from `append` to the end of the COMMIT."""

    heads: dict[str, int]
    elapsed_s: float
    late_p99_ms: float  # behind the pace, when appended
    commits_ms: list[float]  # sorted; of more than COMMITS_MAX an even choice
    errors: int  # commits tried again, and sessions lost
    cpu_s: float

    @property
    def commit_p50_ms(self) -> float:
        return quantile(self.commits_ms, 0.5) or 0.0

    @property
    def commit_p99_ms(self) -> float:
        return quantile(self.commits_ms, 0.99) or 0.0
