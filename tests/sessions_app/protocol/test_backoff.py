import ast
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.protocol.backoff import Backoff
from tests.servers.process import ROOT

SECONDS = st.floats(0.001, 100)


@given(first=SECONDS, most=SECONDS, tries=st.integers(1, 2000))
def test_waits_double_up_to_the_limit(first: float, most: float, tries: int) -> None:
    backoff = Backoff(first, most)
    waits = [backoff.next_s() for _ in range(tries)]
    expected = [min(first * 2.0 ** min(n, 60), most) for n in range(tries)]
    assert waits == pytest.approx(expected)
    backoff.reset()
    assert backoff.next_s() == waits[0]


@given(seed=st.integers(), jitter=st.floats(0, 1), least=st.none() | SECONDS)
def test_jitter_shortens_a_wait_and_never_one_that_was_asked_for(
    seed: int, jitter: float, least: float | None
) -> None:
    wait = Backoff(2.0, 30.0, jitter, Random(seed)).next_s(least)  # noqa: S311
    if least is None:
        assert 2.0 * (1 - jitter) <= wait <= 2.0
    else:
        whole = max(2.0, least)
        assert whole <= wait <= whole * (1 + jitter)


def test_no_other_code_doubles_a_delay() -> None:
    """What waits longer and longer has one way to do so."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ("config", "runners", "sessions_app")
        for path in (ROOT / room).rglob("*.py")
        if path.name != "backoff.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign | ast.AugAssign) and _doubles(node)
    ]
    assert found == []


def _doubles(node: ast.Assign | ast.AugAssign) -> bool:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    said = ast.unparse(node)
    names = ("delay", "wait", "pause", "back_off", "backoff")
    is_time = any(name in ast.unparse(target) for name in names)
    return is_time and any(grown in said for grown in ("* 2", "*= 2", "2 **", "2.0 **"))
