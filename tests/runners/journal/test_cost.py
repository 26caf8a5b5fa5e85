from decimal import Decimal

import pytest

from runners.journal.cost import SessionCost
from sessions_app.models import AgentSession
from sessions_app.protocol.events import TurnEnd
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
