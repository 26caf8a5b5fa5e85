from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """How long and how large the measurements are."""

    step_s: float = 10.0  # one rate of a ramp, one measurement of latency
    bisections: int = 3
    viewers: int = 100
    late_tokens: tuple[int, ...] = (1_000, 10_000, 100_000)
    late_blocks: int = 100
    late_trials: int = 9
    idle_viewers: int = 400
    watched_sessions: int = 200
    stalled_rounds: int = 3
    storm_viewers: int = 300
    admin_sessions: int = 2_000
    admin_events: int = 1_000_000
    admin_trials: int = 20
    grown_sessions: int = 10_000  # as long as those of the admin's
    timeline_events: int = 100_000
    wall_s: float = 600.0  # so long the heap of the wall is looked at


FULL = Plan()
# For trials of the benchmarks themselves; its figures mean little.
QUICK = Plan(
    step_s=3.0,
    bisections=1,
    late_tokens=(1_000, 10_000),
    late_blocks=20,
    late_trials=3,
    idle_viewers=100,
    watched_sessions=50,
    stalled_rounds=1,
    admin_sessions=500,
    admin_events=50_000,
    admin_trials=5,
    grown_sessions=2_500,
    timeline_events=10_000,
    wall_s=60.0,
)
