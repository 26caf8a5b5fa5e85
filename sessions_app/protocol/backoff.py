from random import Random


class Backoff:
    """How long to wait between tries: each time twice as long, up to a limit.

    Jitter keeps those apart who failed at one moment: a wait is shorter by up to that
    part, or longer where somebody has said how long to wait at least.
    """

    def __init__(
        self,
        first_s: float,
        most_s: float,
        jitter: float = 0.0,
        chance: Random | None = None,
    ) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._jitter = jitter
        self._chance = chance or Random()  # noqa: S311 waits are no secrets
        self._delay_s = min(first_s, most_s)

    def next_s(self, at_least_s: float | None = None) -> float:
        """Seconds to wait before the next try."""
        delay_s = self._delay_s
        self._delay_s = min(delay_s * 2, self._most_s)
        astray = self._jitter * self._chance.random()
        if at_least_s is None:
            return delay_s * (1 - astray)
        return max(delay_s, at_least_s) * (1 + astray)

    def reset(self) -> None:
        """Begin anew, after a try that went well."""
        self._delay_s = min(self._first_s, self._most_s)
