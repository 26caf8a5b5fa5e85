from django.conf import settings


class TokenBucket:
    """How many frames a browser may still send that only cost us: a token bucket.

    Pure: times are given, in seconds. Acks that free the outbox are not counted; there
    are no more of them than frames that we sent.
    """

    __slots__ = ("_at", "_left")

    def __init__(self) -> None:
        self._left = float(settings.CLIENT_FRAMES_BURST)
        self._at = 0.0

    def spend(self, now: float) -> bool:
        """Take one; False: there is none left."""
        grown = (now - self._at) * settings.CLIENT_FRAMES_PER_S
        self._left = min(settings.CLIENT_FRAMES_BURST, self._left + grown)
        self._at = now
        self._left -= 1
        return self._left >= 0
