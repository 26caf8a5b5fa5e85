from django.conf import settings


class ListPace:
    """How often one person may ask for what is dear, over all of their sockets.

    A token bucket that makes its askers wait instead of refusing them: a person who
    comes back with all tabs at once is served at once, one who asks again and again as
    fast as DEAR_REQUESTS_PER_S.
    """

    def __init__(self) -> None:
        self._free_at = 0.0  # when the bucket would be full again

    def delay(self, now: float) -> float:
        """Take a turn; return for how long to wait until it has come, in seconds."""
        each = 1 / settings.DEAR_REQUESTS_PER_S
        burst_s = settings.DEAR_REQUESTS_BURST * each
        self._free_at = max(self._free_at, now) + each
        return max(0.0, self._free_at - now - burst_s)
