import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.log.rate import Rate

SPAN_S = 0.25


@given(st.floats(50.0, 10_000.0))
def test_a_steady_stream_has_the_rate_at_which_it_comes(per_second: float) -> None:
    rate, now = Rate(SPAN_S), 0.0
    for _ in range(round(10 * SPAN_S * per_second)):
        now += 1 / per_second
        rate.add(1, now)
    assert rate.per_second(now) == pytest.approx(per_second, rel=0.1)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=50))
def test_it_does_not_matter_in_which_groups_they_come(counts: list[int]) -> None:
    together, apart = Rate(SPAN_S), Rate(SPAN_S)
    for number, count in enumerate(counts):
        together.add(count, float(number))
        for _ in range(count):
            apart.add(1, float(number))
    now = float(len(counts))
    assert apart.per_second(now) == pytest.approx(together.per_second(now))


def test_what_was_long_ago_is_forgotten() -> None:
    rate = Rate(SPAN_S)
    rate.add(1_000, 0.0)
    assert rate.per_second(0.0) == pytest.approx(4_000.0)
    assert rate.per_second(20 * SPAN_S) < 0.001
