from collections.abc import Mapping

from django.conf import settings


class Pressure:
    """Decides when a feed has too much to do, and which sessions press it.

    Two marks, so that it does not flutter: above the high one sessions are slowed
    down, and stay so until all is below the low one. What is weighed is the feed's
    own work alone: batches that wait for fan-out, and how late the event loop is.
    Never a viewer's outbox: a slow viewer slows nobody.
    """

    def __init__(self) -> None:
        self.pressing: frozenset[str] = frozenset()

    def weigh(self, batches: Mapping[str, int], waiting: int, lag: float) -> None:
        """Judge the time since the last weighing.

        `batches` that each session brought meanwhile, `waiting` the most that any
        has waiting for fan-out, `lag` of the event loop in seconds.
        """
        if waiting > settings.PRESSURE_HIGH_BATCHES or lag > settings.PRESSURE_HIGH_S:
            self.pressing |= _pressing(batches)
        elif waiting < settings.PRESSURE_LOW_BATCHES and lag < settings.PRESSURE_LOW_S:
            self.pressing = frozenset()


def _pressing(batches: Mapping[str, int]) -> frozenset[str]:
    """Name the sessions that bring their fair share of the work, or more."""
    active = {session_id: count for session_id, count in batches.items() if count}
    share = sum(active.values()) / max(1, len(active))
    return frozenset(id_ for id_, count in active.items() if count >= share)
