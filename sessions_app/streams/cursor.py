import random
import re
import time

INTERVAL_S = 20
START_S = 1_728_432_000  # 2024-10-09, from which the protocol counts intervals
JITTER_MAX_S = 3600
CURSOR = re.compile(r"[0-9]{1,15}", re.ASCII)


def next_cursor(sent: str) -> str:
    """Return the cursor of a live answer, always after the one that a client sent.

    A client sends it with its next request, so a cache between never answers that one
    with what it has kept.
    """
    now = int(time.time() - START_S) // INTERVAL_S
    if CURSOR.fullmatch(sent) and int(sent) >= now:
        jitter = random.randint(1, JITTER_MAX_S) // INTERVAL_S  # noqa: S311 no secret
        return str(int(sent) + max(1, jitter))
    return str(now)
