from django.conf import settings


class TokenBucket:
    """Limits the rate of a browser's frames: a token bucket.

    Acks that free the outbox are not counted: there are at most as many of them as
    frames that the server sent. The class reads no clock: callers pass `now` in
    seconds.
    """

    __slots__ = ("_at", "_left")

    def __init__(self) -> None:
        self._left = float(settings.CLIENT_FRAMES_BURST)
        self._at = 0.0

    def spend(self, now: float) -> bool:
        """Take a token; return False if none was left."""
        grown = (now - self._at) * settings.CLIENT_FRAMES_PER_S
        self._left = min(settings.CLIENT_FRAMES_BURST, self._left + grown)
        self._at = now
        self._left -= 1
        return self._left >= 0
