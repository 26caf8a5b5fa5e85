import pytest

from runners.journal.budget import Budget
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    Status,
    TurnDiscarded,
    TurnEnd,
)
from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Usage
from sessions_app.sessions.budget_limits import budget_limits

MODEL = "claude-opus-5-5"


class Person:
    """Answers questions about one budget, and notes them."""

    def __init__(self, budget: Budget, *answers: Approval) -> None:
        self.asked: list[ApprovalRequest] = []
        self._budget = budget
        self._answers = list(answers)
        budget.ask_through(self.ask)

    async def ask(self, request: ApprovalRequest) -> Approval:
        self.asked.append(request)
        given = self._answers.pop(0)
        approval = Approval(
            tool_use_id=request.tool_use_id,
            decision=given.decision,
            input=given.input,
        )
        self._budget.add(approval, at_top=True)
        return approval


YES = Approval(tool_use_id="", decision="approved")
NO = Approval(tool_use_id="", decision="denied")


def turn(tokens: int = 10, cost: float | None = 0.5) -> TurnEnd:
    return TurnEnd(
        turn=1,
        message_id="m1",
        stop_reason="end_turn",
        usage=Usage(output_tokens=tokens),
        cost_usd=cost,
    )


def status(status: SessionStatus, ts: int) -> Status:
    return Status(status=status, ts=ts)


async def test_a_question_is_asked_when_a_limit_is_reached_and_extends_it() -> None:
    budget = Budget(MODEL)
    budget.limit({"turns": 2})
    person = Person(budget, YES, NO)
    asked = []
    for _ in range(5):
        refusal = await budget.afford()
        asked.append(len(person.asked))
        budget.add(turn(), at_top=False)
    assert asked == [0, 0, 1, 1, 2]
    assert refusal == "The budget of 4 turns is spent"
    ids = [request.tool_use_id for request in person.asked]
    assert ids == ["budget_turns_1", "budget_turns_2"]
    assert person.asked[0].input == {"turns": 2}


async def test_the_answer_may_name_another_sum() -> None:
    budget = Budget(MODEL)
    budget.limit({"usd": 1.0})
    person = Person(
        budget, Approval(tool_use_id="", decision="approved", input={"usd": 5})
    )
    for _ in range(11):
        assert await budget.afford() == ""
        budget.add(turn(), at_top=True)
    assert len(person.asked) == 1


async def test_a_refusal_holds_for_all_of_the_tree_until_the_next_run() -> None:
    budget = Budget(MODEL)
    budget.limit({"tokens": 10})
    person = Person(budget, NO, YES)
    budget.add(turn(10), at_top=False)
    assert await budget.afford()
    assert await budget.afford()
    assert len(person.asked) == 1
    budget.begin()
    assert await budget.afford() == ""
    assert len(person.asked) == 2


async def test_broken_attempts_are_paid_for_but_are_no_turns() -> None:
    budget = Budget(MODEL)
    budget.limit({"turns": 1, "tokens": 100})
    Person(budget)
    usage = Usage(input_tokens=99)
    discarded = TurnDiscarded(message_id="m1", reason="", usage=usage, cost_usd=1.0)
    budget.add(discarded, at_top=True)
    assert await budget.afford() == ""
    Person(budget, NO)
    budget.add(discarded, at_top=True)
    assert await budget.afford() == "The budget of 100 tokens is spent"


async def test_only_time_at_work_counts() -> None:
    now = 1000.0
    budget = Budget(MODEL, lambda: now)
    budget.limit({"seconds": 60})
    Person(budget, NO)
    log = [
        status(SessionStatus.RUNNING, 100_000),
        status(SessionStatus.WAITING, 120_000),
        status(SessionStatus.RUNNING, 500_000),
        turn(),  # the runner was killed after this
    ]
    log[-1] = TurnEnd(
        turn=1, message_id="m1", stop_reason="", usage=Usage(), ts=510_000
    )
    budget.recall(log, at_top=True)
    budget.add(Status(status=SessionStatus.RUNNING), at_top=True)
    now += 29
    assert await budget.afford() == ""
    now += 1
    assert await budget.afford() == "The budget of 60 seconds of work is spent"


async def test_what_was_recalled_is_as_if_it_had_been_heard() -> None:
    heard, recalled = Budget(MODEL, lambda: 0.0), Budget(MODEL, lambda: 0.0)
    answer = Approval(tool_use_id="budget_turns_1", decision="approved")
    for budget in (heard, recalled):
        budget.limit({"turns": 1})
    for event in (turn(), answer, turn()):
        heard.add(event, at_top=True)
    recalled.recall([answer], at_top=True)
    recalled.recall([turn(), turn()], at_top=False)
    people = [Person(budget, NO) for budget in (heard, recalled)]
    for budget in (heard, recalled):
        assert await budget.afford() == "The budget of 2 turns is spent"
    assert people[0].asked == people[1].asked


@pytest.mark.parametrize("odd", [10**400, -1, 0, "2", None])
async def test_an_odd_number_of_more_is_what_was_asked_for(odd: object) -> None:
    budget = Budget(MODEL)
    budget.limit({"turns": 1})
    person = Person(budget, NO)
    answer = Approval(
        tool_use_id="budget_turns_1", decision="approved", input={"turns": odd}
    )
    for event in (answer, turn(), turn()):
        budget.add(event, at_top=True)
    assert await budget.afford() == "The budget of 2 turns is spent"
    assert len(person.asked) == 1


async def test_a_limit_in_usd_needs_a_price() -> None:
    budget = Budget("claude-next")
    budget.limit({"usd": 1.0})
    assert "no price is known for claude-next" in await budget.afford()


async def test_a_turn_of_unknown_cost_is_asked_about_once() -> None:
    budget = Budget(MODEL)
    budget.limit({"usd": 5.0})
    person = Person(budget, YES)
    for cost in (0.5, None, 0.5):
        budget.add(turn(cost=cost), at_top=True)
    assert await budget.afford() == ""
    budget.add(turn(), at_top=True)
    assert await budget.afford() == ""
    (request,) = person.asked
    assert request.reason.startswith("What 1 turn cost is not known")


async def test_an_unknown_cost_matters_to_no_other_limit() -> None:
    budget = Budget(MODEL)
    budget.limit({"turns": 2})
    Person(budget)
    budget.add(turn(cost=None), at_top=True)
    assert await budget.afford() == ""


@pytest.mark.parametrize(
    "given",
    [
        {"eur": 1},
        {"usd": 0},
        {"usd": -1},
        {"turns": "many"},
        {"turns": True},
        {"seconds": float("nan")},
    ],
)
def test_limits_that_cannot_be_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="budget: "):
        budget_limits(given)


def test_limits_are_read() -> None:
    assert budget_limits({"usd": 2, "turns": None}) == {"usd": 2.0}
