from collections.abc import Collection
from dataclasses import dataclass

from sessions_app.log.leases.lease import Beat


@dataclass(frozen=True, slots=True)
class Observed:
    """A heartbeat, and the time since when it has not changed."""

    beat: Beat
    since: float  # seconds of the observer's monotonic clock


class Silences:
    """How long each holder's heartbeat has been unchanged, as seen by this process.

    Wall clocks step: a laptop wakes, NTP corrects, a machine was paused. So the age of
    a heartbeat proves nothing. A heartbeat that this process has watched without
    seeing a change does prove that its holder did not beat. Times come from a
    monotonic clock. The caller reads the clock before it reads the heartbeats.
    """

    def __init__(self) -> None:
        self._observed: dict[str, Observed] = {}  # by session id

    def observe(self, beats: Collection[Beat], now: float) -> None:
        """Record the current heartbeats of all held sessions."""
        self._observed = {beat.session_id: self._observe(beat, now) for beat in beats}

    def _observe(self, beat: Beat, now: float) -> Observed:
        before = self._observed.get(beat.session_id)
        return before if before and before.beat == beat else Observed(beat, now)

    def dead(self, now: float) -> list[Beat]:
        """Return the heartbeats of holders that are gone, or silent for too long."""
        return [
            observed.beat
            for observed in self._observed.values()
            if observed.beat.is_dead_after(now - observed.since)
        ]

    def forget(self) -> None:
        """Discard all observations, after an outage or a sleep between two looks."""
        self._observed = {}
