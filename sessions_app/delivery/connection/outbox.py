from collections import deque

from django.conf import settings


class AckError(ValueError):
    """More frames were acknowledged than were sent."""


class Outbox:
    """The `events` frames of one connection that the browser has not acknowledged.

    Pure: times are given, in seconds. Few unacknowledged frames: the next leaves at
    once. More: what comes gathers for OUTBOX_PILE_S and leaves as one frame, and for
    much longer the further behind a viewer is. One whose acks take a second still gets
    seven frames in it; who does not read costs next to nothing. Too many, too large or
    too old: the viewer is slow.
    """

    __slots__ = ("_acked", "_in_flight", "_last_at", "sent", "size")

    def __init__(self) -> None:
        self._in_flight: deque[tuple[int, float]] = deque()
        self.size = 0  # characters in flight
        self.sent = 0  # frames, ever
        self._acked = 0
        self._last_at = 0.0

    @property
    def frames(self) -> int:
        """How many are not acknowledged."""
        return len(self._in_flight)

    @property
    def may_pull(self) -> bool:
        """Replay may go on: it is paced by acks, so it never makes a viewer slow.

        Beside the page there is room left for the live frames of other sessions.
        """
        room = settings.OUTBOX_MAX_BYTES - self.size
        return self._is_eager and room >= 2 * settings.PAGE_MAX_CHARS

    def may_push(self, now: float) -> bool:
        """A live frame may leave now."""
        return self._is_eager or now >= self.push_at

    @property
    def _is_eager(self) -> bool:
        return len(self._in_flight) < settings.OUTBOX_EAGER_FRAMES

    @property
    def push_at(self) -> float:
        """When a live frame may leave though nothing was acknowledged."""
        behind = len(self._in_flight) / settings.OUTBOX_EAGER_FRAMES
        return self._last_at + behind**3 * settings.OUTBOX_PILE_S

    @property
    def slow_at(self) -> float | None:
        """When the oldest frame will be too old."""
        if not self._in_flight:
            return None
        return self._in_flight[0][1] + settings.OUTBOX_MAX_AGE_S

    def send(self, size: int, now: float) -> None:
        """Count a frame that leaves now, of `size` characters."""
        self._in_flight.append((size, now))
        self.size += size
        self.sent += 1
        self._last_at = now

    def ack(self, frames: int) -> bool:
        """Take the browser's count of frames folded in; False: it had said so already.

        Raises AckError.
        """
        if frames > self.sent:
            raise AckError(f"{frames} frames acknowledged, {self.sent} sent")
        is_news = frames > self._acked
        while self._acked < frames:
            self._acked += 1
            self.size -= self._in_flight.popleft()[0]
        return is_news

    def is_slow(self, now: float) -> bool:
        """The viewer is so far behind that it must come back with its cursor."""
        slow_at = self.slow_at
        return (
            len(self._in_flight) > settings.OUTBOX_MAX_FRAMES
            or self.size > settings.OUTBOX_MAX_BYTES
            or (slow_at is not None and now > slow_at)
        )
