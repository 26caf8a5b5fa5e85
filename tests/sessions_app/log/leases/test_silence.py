import random

from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.log.leases.lease import Beat
from sessions_app.log.leases.process_identity import Lease
from sessions_app.log.leases.silence import Silences

ELSEWHERE = str(Lease("elsewhere", "space", 7, 1234, "abc"))
TIMEOUT_S = settings.LEASE_TIMEOUT_S


def beat(session_id: str, clock: float) -> Beat:
    return Beat(session_id, ELSEWHERE, f"{clock:.3f}")


def test_a_silence_begins_when_it_was_first_seen() -> None:
    silences = Silences()
    silences.observe([beat("s_1", 0)], 100)  # hours old, for all that anybody knows
    assert silences.dead(100 + TIMEOUT_S) == []
    assert silences.dead(100 + TIMEOUT_S + 0.1) == [beat("s_1", 0)]


def test_a_sleep_of_the_observer_counts_for_nobody() -> None:
    silences = Silences()
    silences.observe([beat("s_1", 0)], 0)
    silences.forget()
    silences.observe([beat("s_1", 0)], 3600)
    assert silences.dead(3600 + TIMEOUT_S) == []


@given(
    steps=st.lists(st.floats(-1e5, 1e5), min_size=3, max_size=12),
    dies_after_s=st.integers(0, 60),
    seed=st.integers(0, 99),
)
def test_however_wall_clocks_step_only_who_stopped_beating_is_dead(
    steps: list[float], dies_after_s: int, seed: int
) -> None:
    """Simulated by the second; the oracle is the moment of each one's last beat."""
    chance, silences = random.Random(seed), Silences()  # noqa: S311  no secret
    wall = {"s_live": 0.0, "s_dead": 0.0}
    last = dict.fromkeys(wall, 0)
    offset = 0.0
    for now in range(120):
        if now % 10 == 0:
            offset = steps[(now // 10) % len(steps)]
        for id_ in wall:
            lives = id_ == "s_live" or now < dies_after_s
            if lives and chance.random() < 0.6:
                wall[id_], last[id_] = now + offset + chance.random(), now
        silences.observe([beat(id_, clock) for id_, clock in wall.items()], now)
        dead = {found.session_id for found in silences.dead(now)}
        assert dead == {id_ for id_ in wall if now - last[id_] > TIMEOUT_S}
