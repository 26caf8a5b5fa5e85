from django.conf import settings


class ListPace:
    """Limits one person's expensive requests, over all of their sockets.

    A token bucket that delays requests and refuses none. A burst, such as a person
    reopening all tabs, is served at once; continuous requests are served at
    DEAR_REQUESTS_PER_S.
    """

    def __init__(self) -> None:
        self._free_at = 0.0  # when the bucket would be full again

    def delay(self, now: float) -> float:
        """Take a token; return how long the caller must wait first, in seconds."""
        each = 1 / settings.DEAR_REQUESTS_PER_S
        burst_s = settings.DEAR_REQUESTS_BURST * each
        self._free_at = max(self._free_at, now) + each
        return max(0.0, self._free_at - now - burst_s)
