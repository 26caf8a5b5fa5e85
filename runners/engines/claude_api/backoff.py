from random import Random

from runners.tools.limits import Limits

JITTER = 0.25


def delay_s(
    attempt: int, hint_s: float | None, limits: Limits, chance: Random
) -> float:
    """How long to wait after the failed `attempt`, counted from 1.

    A server's hint is a lower bound up to a cap; jitter keeps runners apart.
    """
    doubled = limits.first_delay_s * 2.0 ** min(attempt - 1, 30)
    grown = min(doubled, limits.longest_delay_s)
    if hint_s is not None:
        grown = max(grown, min(hint_s, limits.longest_hint_s))
        return grown * (1 + JITTER * chance.random())
    return grown * (1 - JITTER * chance.random())
