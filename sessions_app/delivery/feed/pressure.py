from collections.abc import Mapping

from django.conf import settings


class Pressure:
    """Decides when a feed is overloaded, and which sessions cause the load.

    Two thresholds give hysteresis: above the high one sessions are slowed down, and
    they stay so until the load is below the low one. Only the feed's own load counts:
    batches that wait for fan-out, and the lag of the event loop. Viewers' outboxes do
    not count, so a slow viewer slows no session.
    """

    def __init__(self) -> None:
        self.pressing: frozenset[str] = frozenset()

    def weigh(self, batches: Mapping[str, int], waiting: int, lag: float) -> None:
        """Update `pressing` from the load since the last call.

        `batches`: batches of each session since then. `waiting`: the largest number of
        batches that one session has waiting for fan-out. `lag`: the event loop's lag
        in seconds.
        """
        if waiting > settings.PRESSURE_HIGH_BATCHES or lag > settings.PRESSURE_HIGH_S:
            self.pressing |= _pressing(batches)
        elif waiting < settings.PRESSURE_LOW_BATCHES and lag < settings.PRESSURE_LOW_S:
            self.pressing = frozenset()


def _pressing(batches: Mapping[str, int]) -> frozenset[str]:
    """Return the sessions whose number of batches is the average or more."""
    active = {session_id: count for session_id, count in batches.items() if count}
    share = sum(active.values()) / max(1, len(active))
    return frozenset(id_ for id_, count in active.items() if count >= share)
