from math import exp


class Rate:
    """How many come in a second, of late: what is older than a span fades away.

    Pure: times are given, in seconds.
    """

    __slots__ = ("_at", "_fading", "_span")

    def __init__(self, span: float) -> None:
        self._span = span
        self._fading = 0.0  # what has come: all of it now, e^-1 of it a span later
        self._at = 0.0

    def add(self, count: int, now: float) -> None:
        self._fading = self._fading * exp((self._at - now) / self._span) + count
        self._at = now

    def per_second(self, now: float) -> float:
        return self._fading * exp((self._at - now) / self._span) / self._span
