import json

from sessions_app.protocol.commands import Approve, Deny, Prompt
from tests.runners.sessions import Fields, Sessions
from tests.servers.installation import Installation
from tests.servers.process import until

TREE = "[scenario: subagents rate=0]"


def question(sessions: Sessions, session_id: str, number: int) -> Fields:
    """Wait for a question about the budget of turns."""
    asked = until(
        lambda: sessions.events(session_id, "approval_request")[number - 1 :], 60
    )[0]
    assert asked["tool"] == "budget"
    assert asked["toolUseId"] == f"budget_turns_{number}"
    return asked


def turns(sessions: Sessions) -> int:
    return sum(len(sessions.events(i, "turn_end")) for i in sessions.ids())


def test_a_trees_budget_pauses_asks_at_the_top_and_outlives_a_kill(
    installation: Installation, sessions: Sessions
) -> None:
    first = installation.start("runagent", TREE, "--budget-turns", "4")
    (root,) = until(
        lambda: [i for i in sessions.ids() if sessions.events(i, "approval_request")],
        60,
    )
    assert sessions.column(root, "parent_id") is None
    asked = question(sessions, root, 1)
    sessions.await_status(root, "waiting")
    # Agents that speak at the same time may each have had a turn under way.
    assert 4 <= turns(sessions) <= 8
    first.kill()
    answer = sessions.tell(root, Approve(tool_use_id=asked["toolUseId"]))
    second = installation.start("runagent", "--session", root)
    question(sessions, root, 2)
    requests = sessions.events(root, "approval_request")
    assert [e["toolUseId"] for e in requests] == ["budget_turns_1", "budget_turns_2"]
    assert sessions.is_applied(answer)
    sessions.tell(root, Deny(tool_use_id="budget_turns_2"))
    assert second.wait() == 130
    sessions.await_rest(root, "idle")
    assert sessions.events(root, "agent_complete")[-1]["status"] == "budget"
    errors = [e["message"] for e in sessions.events(root, "error")]
    assert "The budget of 8 turns is spent" in errors
    for child in sessions.ids():
        assert sessions.lease(child) == ""
    third = installation.start("runagent", "--session", root, "Go on")
    question(sessions, root, 3)
    more = Approve(tool_use_id="budget_turns_3", input={"turns": 100})
    sessions.tell(root, more)
    assert third.wait() == 0, third.errors()


def test_a_budget_is_of_the_sessions_row(
    installation: Installation, sessions: Sessions
) -> None:
    session_id = sessions.queue("[scenario: markdown rate=0]")
    sessions.set(session_id, budget=json.dumps({"turns": 1}))
    installation.start("runagent", "--queue")
    sessions.await_rest(session_id, "completed")
    sessions.tell(session_id, Prompt(text="[scenario: markdown rate=0]"))
    question(sessions, session_id, 1)


def test_a_budget_that_makes_no_sense_is_refused(installation: Installation) -> None:
    process = installation.start("runagent", TREE, "--budget-usd", "-2")
    assert process.wait() == 1
    assert "usd must be a number above 0" in process.errors()


def test_a_question_whose_answer_came_when_nobody_waited_can_be_answered(
    installation: Installation, sessions: Sessions
) -> None:
    root = sessions.queue("[scenario: coding rate=0]")
    sessions.set(root, budget=json.dumps({"turns": 1}))
    early = sessions.tell(root, Deny(tool_use_id="budget_turns_1"))
    installation.start("runagent", "--queue")
    question(sessions, root, 1)
    sessions.await_status(root, "waiting")
    assert sessions.is_applied(early)
    sessions.tell(root, Approve(tool_use_id="budget_turns_1", input={"turns": 100}))
    sessions.await_rest(root, "completed")
