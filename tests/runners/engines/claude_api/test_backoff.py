from random import Random

from hypothesis import given
from hypothesis import strategies as st

from runners.engines.claude_api.backoff import delay_s
from runners.tools.limits import Limits

LIMITS = Limits(first_delay_s=0.5, longest_delay_s=30.0, longest_hint_s=120.0)
chances = st.integers().map(Random)


@given(st.integers(1, 10_000), chances)
def test_delays_double_up_to_a_cap(attempt: int, chance: Random) -> None:
    full = min(0.5 * 2 ** min(attempt - 1, 100), 30.0)
    assert full * 0.75 <= delay_s(attempt, None, LIMITS, chance) <= full


@given(st.floats(0, 1e9), chances)
def test_a_hint_is_waited_out_up_to_a_cap(hint: float, chance: Random) -> None:
    wait = delay_s(1, hint, LIMITS, chance)
    assert min(hint, 120.0) <= wait <= max(0.5, min(hint, 120.0)) * 1.25
