from math import exp


class Rate:
    """Events per second, exponentially decayed with time constant `span` (seconds).

    The class reads no clock: callers pass `now` in seconds.
    """

    __slots__ = ("_at", "_fading", "_span")

    def __init__(self, span: float) -> None:
        self._span = span
        self._fading = 0.0  # decayed count: an event weighs 1 now, 1/e a span later
        self._at = 0.0

    def add(self, count: int, now: float) -> None:
        self._fading = self._fading * exp((self._at - now) / self._span) + count
        self._at = now

    def per_second(self, now: float) -> float:
        return self._fading * exp((self._at - now) / self._span) / self._span
