from collections.abc import Collection
from dataclasses import dataclass

from sessions_app.log.lease import Beat


@dataclass(frozen=True, slots=True)
class Observed:
    """A heartbeat, and since when it has stood like that."""

    beat: Beat
    since: float  # seconds of the observer's monotonic clock


class Silences:
    """How long each holder's heartbeat has stood still, as this process has seen it.

    Wall clocks step: a laptop wakes, NTP corrects, a machine was paused. So the age of
    a heartbeat proves nothing. A heartbeat that did not change while somebody looked
    does: its holder has not beaten. Times are of a monotonic clock, which the caller
    reads before the heartbeats are; so a silence is never taken for longer than it was.
    """

    def __init__(self) -> None:
        self._observed: dict[str, Observed] = {}  # by session id

    def observe(self, beats: Collection[Beat], now: float) -> None:
        """Take the heartbeats of all held sessions, as they are now."""
        self._observed = {beat.session_id: self._observe(beat, now) for beat in beats}

    def _observe(self, beat: Beat, now: float) -> Observed:
        before = self._observed.get(beat.session_id)
        return before if before and before.beat == beat else Observed(beat, now)

    def dead(self, now: float) -> list[Beat]:
        """The heartbeats of holders who are gone, or silent for too long."""
        return [
            observed.beat
            for observed in self._observed.values()
            if observed.beat.is_dead_after(now - observed.since)
        ]

    def forget(self) -> None:
        """Begin anew: between two looks was an outage, or this process slept."""
        self._observed = {}
