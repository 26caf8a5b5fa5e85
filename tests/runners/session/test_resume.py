from collections.abc import Callable

import pytest

from sessions_app.protocol.commands import Approve, Deny
from tests.runners.sessions import Fields, Sessions
from tests.servers.installation import Installation
from tests.servers.process import Process, until

TREE = "[scenario: subagents rate=150]"
ASKING = "[scenario: coding rate=0]"
AT_ONCE = {"RINGSIDE_SIMULATOR_RATE": "0"}


@pytest.fixture
def tree(installation: Installation, sessions: Sessions) -> Callable[[], Process]:
    """Starts a session of six agents, and waits until the third level speaks."""

    def start() -> Process:
        process = installation.start("runagent", TREE)
        deep = until(lambda: [i for i in sessions.ids() if depth(sessions, i) == 2], 60)
        until(lambda: sessions.events(deep[0], "block_start"), 60)
        return process

    return start


def depth(sessions: Sessions, session_id: str) -> int:
    parent = sessions.column(session_id, "parent_id")
    return 1 + depth(sessions, parent) if parent else 0


def root(sessions: Sessions) -> str:
    (found,) = [i for i in sessions.ids() if depth(sessions, i) == 0]
    return found


def resume(installation: Installation, session_id: str) -> None:
    resumed = installation.start("runagent", "--session", session_id, **AT_ONCE)
    assert resumed.wait() == 0, resumed.errors()


def test_a_killed_tree_goes_on_as_a_tree(
    installation: Installation, sessions: Sessions, tree: Callable[[], Process]
) -> None:
    tree().kill()
    killed = {i: sessions.lines(i) for i in sessions.ids()}
    resume(installation, root(sessions))
    ended = sessions.ids()
    assert len(ended) == 6
    assert set(killed) <= set(ended)
    for session_id in ended:
        assert sessions.status(session_id) == "completed"
        assert sessions.lease(session_id) == ""
        opened = sessions.events(session_id, "block_start")
        finals = sessions.events(session_id, "text", "thinking", "tool_use")
        assert {e["block"] for e in opened} <= {e["block"] for e in finals}
    outputs = [e["output"] for e in sessions.events(root(sessions), "tool_result")]
    for child in sessions.children(root(sessions)):
        assert sessions.texts(child)[-1].strip() in outputs


def kill_amid_a_question(
    installation: Installation, sessions: Sessions
) -> tuple[str, str]:
    """Kill a runner that waits for an answer; return the session, and the call."""
    runner = installation.start("runagent", "--queue")
    session_id = sessions.queue(ASKING, permission_mode="default")
    request = sessions.await_event(session_id, "approval_request")
    sessions.await_status(session_id, "waiting")
    runner.kill()
    return session_id, request["toolUseId"]


def test_a_question_outlives_the_runner_that_asked_it(
    installation: Installation, sessions: Sessions
) -> None:
    session_id, call = kill_amid_a_question(installation, sessions)
    installation.start("runagent", "--queue")
    sessions.await_rest(session_id, "interrupted")
    command = sessions.tell(session_id, Approve(tool_use_id=call))
    sessions.set(session_id, status="queued")
    approval = sessions.await_event(session_id, "approval")
    assert approval["commandId"] == str(command)
    result = result_of(sessions, session_id, call)
    assert not result["isError"]
    asked = sessions.events(session_id, "approval_request")
    assert [e["toolUseId"] for e in asked].count(call) == 1


def test_what_was_denied_before_a_kill_is_not_asked_again(
    installation: Installation, sessions: Sessions
) -> None:
    session_id, call = kill_amid_a_question(installation, sessions)
    sessions.tell(session_id, Deny(tool_use_id=call, reason="no"))
    installation.start("runagent", "--queue")
    result = result_of(sessions, session_id, call)
    assert "Denied by the user: no" in result["output"]


def test_a_stopped_runner_hands_its_sessions_over(
    installation: Installation, sessions: Sessions
) -> None:
    first = installation.start("runagent", "--queue")
    asking = sessions.queue(ASKING, permission_mode="default")
    speaking = sessions.queue("[scenario: long tokens=600 rate=60]")
    tree = sessions.queue("[scenario: subagents rate=60]")
    request = sessions.await_event(asking, "approval_request")
    sessions.await_event(speaking, "text_delta")
    sessions.await_event(tree, "agent_spawn")
    first.terminate()
    assert first.wait() == 0, first.errors()
    for session_id in (asking, speaking, tree):
        assert sessions.status(session_id) == "queued"
        assert sessions.lease(session_id) == ""
        assert not sessions.events(session_id, "agent_complete")
    sessions.tell(asking, Approve(tool_use_id=request["toolUseId"]))
    installation.start("runagent", "--queue")
    sessions.await_rest(speaking, "completed")
    sessions.await_rest(tree, "completed")
    assert len(sessions.children(tree)) == 2
    assert not result_of(sessions, asking, request["toolUseId"])["isError"]


def result_of(sessions: Sessions, session_id: str, call: str) -> Fields:
    def found() -> list[Fields]:
        results = sessions.events(session_id, "tool_result")
        return [result for result in results if result["toolUseId"] == call]

    return until(found, 60)[0]
