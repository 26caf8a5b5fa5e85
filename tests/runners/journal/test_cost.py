from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.journal.cost import SessionCost
from sessions_app.models import AgentSession
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.events import (
    AgentComplete,
    Event,
    SessionStarted,
    TurnEnd,
)
from sessions_app.protocol.wire import Usage
from tests.sessions_app.logbook import change, row

pytestmark = [pytest.mark.conformance, pytest.mark.django_db]


def turn(cost_usd: float | None) -> TurnEnd:
    return TurnEnd(
        turn=1,
        message_id="m1",
        stop_reason="end_turn",
        usage=Usage(output_tokens=7),
        cost_usd=cost_usd,
    )


def summed(*costs: float | None) -> Decimal | None:
    """What the row says after turns of these costs, each written as it comes."""
    session = AgentSession.objects.create(title="t")
    cost_of = SessionCost(session)
    for cost in costs:
        change(session.id, **cost_of.add(turn(cost)))
    return row(session.id).cost_usd


def test_costs_are_summed() -> None:
    assert summed(0.25, 1.5) == Decimal("1.75")


def test_an_unknown_part_makes_the_sum_unknown() -> None:
    assert summed(0.25, None, 1.0) is None


@pytest.mark.parametrize("cost", [1e8, 2e12, -1e9, float("inf"), float("nan")])
def test_a_cost_that_no_row_holds_is_unknown(cost: float) -> None:
    assert summed(cost) is None
    assert summed(0.25, cost, 1.0) is None


def test_counts_below_none_are_none() -> None:
    session = AgentSession.objects.create(title="t")
    odd = Usage(input_tokens=-5, output_tokens=7)
    told = SessionCost(session).add(
        TurnEnd(turn=1, message_id="m1", stop_reason="x", usage=odd, cost_usd=0.5)
    )
    assert told["usage"]["inputTokens"] == 0
    assert told["usage"]["outputTokens"] == 7


def told(cost: float | None, tokens: int = 7) -> TurnEnd:
    usage = Usage(output_tokens=tokens)
    return TurnEnd(turn=1, message_id="m", stop_reason="", usage=usage, cost_usd=cost)


def ended(cost: float | None = None, tokens: int = 0) -> AgentComplete:
    usage = Usage(output_tokens=tokens)
    return AgentComplete(status="success", usage=usage, cost_usd=cost)


class Program:
    """A program's session: its row after some events, and the ends as written."""

    def __init__(self, *events: Event, engine: str = "exec") -> None:
        session = AgentSession(title="t", engine=engine)
        cost_of = SessionCost(session)
        self.row: dict[str, Any] = {"usage": {}, "cost_usd": session.cost_usd}
        self.ends: list[AgentComplete] = []
        for event in events:
            settled = cost_of.settled(event)
            self.row |= cost_of.add(settled)
            if isinstance(settled, AgentComplete):
                self.ends.append(settled)

    @property
    def figures(self) -> tuple[int, Decimal | None]:
        return self.row["usage"].get("outputTokens", 0), self.row["cost_usd"]


@pytest.mark.parametrize(
    ("events", "tokens", "cost"),
    [
        ([told(1.5), told(1.5), ended()], 14, "3.0"),  # only its turns say
        ([told(None), ended(0.25)], 7, "0.25"),  # only its end says the cost
        ([told(None), ended(0.25, 7)], 7, "0.25"),
        ([ended(0.25, 9)], 9, "0.25"),  # only its end says anything
        ([told(1.0), ended(0.25)], 7, "0.25"),  # they contradict each other
        ([told(1.0), ended(1.25, 9)], 9, "1.25"),
        ([told(0.5), ended(None, 9)], 9, None),
        ([told(None), ended()], 7, None),
        ([told(0.5, tokens=0), ended()], 0, "0.5"),  # a cost without tokens
    ],
)
def test_the_end_of_a_programs_run_and_its_row_say_the_same(
    events: list[Event], tokens: int, cost: str | None
) -> None:
    program = Program(*events)
    expected = None if cost is None else Decimal(cost)
    assert program.figures == (tokens, expected)
    (end,) = program.ends
    assert end.usage.output_tokens == tokens
    if tokens:
        assert end.cost_usd == (None if cost is None else float(cost))


def test_an_end_that_adds_nothing_says_nothing_of_it() -> None:
    (end,) = Program(told(1.0), ended(1.0, 7)).ends
    assert "rest" not in encode(end)


def test_each_run_of_a_program_counts_by_itself() -> None:
    program = Program(told(None), ended(0.25), told(1.0), ended(), told(None), ended(2))
    assert program.figures == (21, Decimal("3.25"))
    assert [end.cost_usd for end in program.ends] == [0.25, 1.0, 2.0]


def test_a_run_that_was_killed_is_no_part_of_the_next() -> None:
    started = SessionStarted(model="", workdir="", permission_mode="", engine="exec")
    program = Program(told(1.0), started, told(1.0), ended(3.0))
    assert program.figures == (14, Decimal("4.0"))


def test_claudes_own_end_only_repeats_its_turns() -> None:
    program = Program(told(1.0), ended(5.0, 100), engine="anthropic")
    assert program.figures == (7, Decimal("1.0"))
    assert program.ends == [ended(5.0, 100)]


COSTS = st.none() | st.integers(0, 80).map(lambda eighths: eighths / 8)
EVENTS = st.builds(told, COSTS, st.integers(1, 9)) | st.builds(
    ended, COSTS, st.integers(0, 9)
)


@settings(max_examples=300)
@given(st.lists(EVENTS, max_size=12))
def test_a_programs_sums_are_those_of_the_naive_way(events: list[Event]) -> None:
    """Cut the log into runs; of each what its end says, else what its turns say."""
    program = Program(*events, ended())
    runs: list[list[TurnEnd]] = [[]]
    tokens, costs = 0, []
    for event in (*events, ended()):
        if isinstance(event, TurnEnd):
            runs[-1].append(event)
        elif isinstance(event, AgentComplete):
            turns = runs[-1]
            by_turn = sum(turn.usage.output_tokens for turn in turns)
            run = event.usage.output_tokens or by_turn
            tokens += run
            is_known = all(turn.cost_usd is not None for turn in turns)
            known = sum(turn.cost_usd or 0 for turn in turns) if is_known else None
            says_more = run > by_turn
            costs.append(
                event.cost_usd
                if event.cost_usd is not None
                else (None if says_more else known)
            )
            runs.append([])
    expected = None if None in costs else sum(cost or 0 for cost in costs)
    found_tokens, found_cost = program.figures
    assert found_tokens == tokens
    if tokens or expected:
        assert (None if found_cost is None else float(found_cost)) == expected
