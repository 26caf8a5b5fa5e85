from collections import deque

from django.conf import settings


class AckError(ValueError):
    """More frames were acknowledged than were sent."""


class Outbox:
    """The `events` frames of one connection that the browser has not acknowledged.

    While fewer than OUTBOX_EAGER_FRAMES are unacknowledged, the next frame may be sent
    at once. Above that, batches gather for OUTBOX_PILE_S and leave as one frame; the
    wait grows with the cube of the number of unacknowledged frames. A viewer whose
    acks take a second still gets seven frames in that second; one that does not read
    costs next to nothing. A viewer is slow if the frames in flight are too many, too
    large or too old.

    The class reads no clock: callers pass `now` in seconds.
    """

    __slots__ = ("_acked", "_in_flight", "_last_at", "sent", "size")

    def __init__(self) -> None:
        self._in_flight: deque[tuple[int, float]] = deque()
        self.size = 0  # characters in flight
        self.sent = 0  # total number of frames sent
        self._acked = 0
        self._last_at = 0.0

    @property
    def frames(self) -> int:
        """How many frames are not acknowledged."""
        return len(self._in_flight)

    @property
    def may_pull(self) -> bool:
        """True if replay may send the next page of the log.

        Acks pace the replay, so replay never makes a viewer slow. The size limit
        leaves room beside the page for live frames of other sessions.
        """
        room = settings.OUTBOX_MAX_BYTES - self.size
        return self._is_eager and room >= 2 * settings.PAGE_MAX_CHARS

    def may_push(self, now: float) -> bool:
        """True if a live frame may be sent now."""
        return self._is_eager or now >= self.push_at

    @property
    def _is_eager(self) -> bool:
        return len(self._in_flight) < settings.OUTBOX_EAGER_FRAMES

    @property
    def push_at(self) -> float:
        """When a live frame may be sent even without a further ack."""
        behind = len(self._in_flight) / settings.OUTBOX_EAGER_FRAMES
        return self._last_at + behind**3 * settings.OUTBOX_PILE_S

    @property
    def slow_at(self) -> float | None:
        """When the oldest unacknowledged frame will be too old; None without one."""
        if not self._in_flight:
            return None
        return self._in_flight[0][1] + settings.OUTBOX_MAX_AGE_S

    def send(self, size: int, now: float) -> None:
        """Record a frame of `size` characters that is being sent now."""
        self._in_flight.append((size, now))
        self.size += size
        self.sent += 1
        self._last_at = now

    def ack(self, frames: int) -> bool:
        """Take an ack: the number of frames that the browser has processed so far.

        Returns False if the ack is no higher than the last one. Raises AckError.
        """
        if frames > self.sent:
            raise AckError(f"{frames} frames acknowledged, {self.sent} sent")
        is_news = frames > self._acked
        while self._acked < frames:
            self._acked += 1
            self.size -= self._in_flight.popleft()[0]
        return is_news

    def is_slow(self, now: float) -> bool:
        """True if the viewer is so far behind that it must reconnect at its cursor."""
        slow_at = self.slow_at
        return (
            len(self._in_flight) > settings.OUTBOX_MAX_FRAMES
            or self.size > settings.OUTBOX_MAX_BYTES
            or (slow_at is not None and now > slow_at)
        )
