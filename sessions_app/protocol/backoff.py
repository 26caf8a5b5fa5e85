from random import Random


class Backoff:
    """Exponential backoff: each wait is twice the last one, up to a limit.

    Jitter (a fraction) spreads clients that failed at the same moment. It shortens a
    wait by up to that fraction, or lengthens it if the server gave a minimum wait.
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
        # Seeding is slow, and most waits have no jitter.
        self._chance = chance or (Random() if jitter else None)  # noqa: S311 no secret
        self._delay_s = min(first_s, most_s)

    def next_s(self, at_least_s: float | None = None) -> float:
        """Return the seconds to wait before the next attempt."""
        delay_s = self._delay_s
        self._delay_s = min(delay_s * 2, self._most_s)
        astray = self._jitter * self._chance.random() if self._chance else 0.0
        if at_least_s is None:
            return delay_s * (1 - astray)
        return max(delay_s, at_least_s) * (1 + astray)

    def reset(self) -> None:
        """Start again from the first wait, after a successful attempt."""
        self._delay_s = min(self._first_s, self._most_s)
