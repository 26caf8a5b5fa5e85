from collections.abc import Callable, Iterator

import pytest

from sessions_app.protocol.commands import (
    Approve,
    Cancel,
    Deny,
    Interrupt,
    Prompt,
)
from tests.runners.sessions import Fields, Sessions
from tests.servers.installation import Installation, Template
from tests.servers.process import Process, until
from tests.servers.stack import POSTGRES_REDIS, SQLITE, Stack

LONG = "[scenario: long rate=60]"  # for half a minute
CODING = "[scenario: coding rate=0]"
CONCURRENCY = "3"


@pytest.fixture(scope="module", params=[SQLITE, POSTGRES_REDIS], ids=str)
def installation(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    template_of: Callable[[Stack], Template],
) -> Iterator[Installation]:
    directory = tmp_path_factory.mktemp("queue")
    installation = Installation(request.param, directory, template_of(request.param))
    yield installation
    installation.end()


@pytest.fixture(scope="module")
def runner(installation: Installation) -> Process:
    """One runner for all of these tests: it is to go on whatever they do to it."""
    return installation.start("runagent", "--queue", "--concurrency", CONCURRENCY)


@pytest.fixture
def sessions(installation: Installation, runner: Process) -> Iterator[Sessions]:
    yield Sessions(installation)
    assert runner.code is None, runner.errors()


def test_two_sessions_run_at_once(sessions: Sessions) -> None:
    first, second = sessions.queue(LONG), sessions.queue(LONG)
    sessions.await_event(first, "text_delta")
    sessions.await_event(second, "text_delta")
    assert sessions.status(first) == sessions.status(second) == "running"
    for session_id in (first, second):
        sessions.tell(session_id, Cancel())
    for session_id in (first, second):
        sessions.await_rest(session_id, "cancelled")


def test_sub_agents_write_sessions_of_their_own(sessions: Sessions) -> None:
    root = sessions.queue("[scenario: subagents rate=0]")
    sessions.await_rest(root, "completed")
    poet = sessions.child(root, "Write the text")
    builder = sessions.child(root, "Build the word counter")
    tester = sessions.child(builder, "Try the counter")
    reviewer = sessions.child(builder, "Review the counter")
    edges = sessions.child(tester, "Find edge cases")
    for child in (poet, builder, tester, reviewer, edges):
        assert sessions.status(child) == "completed"
        assert sessions.lease(child) == ""
        assert sessions.texts(child)
    for parent, child in ((root, builder), (builder, tester), (tester, edges)):
        assert sessions.column(child, "parent_id") == parent
        assert sessions.column(child, "workdir") == sessions.column(root, "workdir")
    outputs = [e["output"] for e in sessions.events(builder, "tool_result")]
    assert sessions.texts(reviewer)[-1] in outputs


def test_a_childs_end_is_its_parents_tool_error(sessions: Sessions) -> None:
    root = sessions.queue("[scenario: subagents rate=60]")
    spawn = sessions.await_event(root, "agent_spawn")
    child, call = spawn["childId"], spawn["toolUseId"]
    sessions.await_event(child, "text_delta", "thinking_delta")
    sessions.tell(child, Cancel())
    sessions.await_rest(child, "cancelled")
    result = await_result(sessions, root, call)
    assert result["isError"]
    assert "cancelled" in result["output"]
    assert sessions.status(root) == "running"
    end(sessions, root)


def test_an_interrupted_session_wants_the_next_message(sessions: Sessions) -> None:
    session_id = sessions.queue(LONG)
    sessions.await_event(session_id, "text_delta")
    command = sessions.tell(session_id, Interrupt())
    sessions.await_rest(session_id, "idle")
    assert sessions.is_applied(command)
    assert sessions.events(session_id, "status")[-1]["commandId"] == str(command)
    assert sessions.events(session_id, "agent_complete")[-1]["status"] == "interrupted"
    (text,) = sessions.events(session_id, "text")
    assert text["partial"]
    message = sessions.tell(session_id, Prompt(text="[scenario: markdown rate=0]"))
    sessions.await_rest(session_id, "completed")
    heard = sessions.events(session_id, "user_message")
    assert [event.get("commandId") for event in heard] == [None, str(message)]


def test_a_message_to_a_running_session_is_heard_by_its_runner(
    sessions: Sessions,
) -> None:
    session_id = sessions.queue("[scenario: coding rate=400]")
    sessions.await_event(session_id, "tool_result")
    message = sessions.tell(session_id, Prompt(text="[scenario: markdown rate=0]"))
    sessions.await_rest(session_id, "completed")
    assert sessions.is_applied(message)
    _, second = sessions.events(session_id, "user_message")
    assert second["commandId"] == str(message)
    assert len(sessions.events(session_id, "session_started")) == 1


def test_a_cancel_goes_through_the_whole_tree(sessions: Sessions) -> None:
    root = sessions.queue("[scenario: subagents rate=30]")
    sessions.await_event(root, "agent_spawn")
    (child, *_) = sessions.children(root)
    sessions.await_event(child, "text_delta", "thinking_delta")
    command = sessions.tell(root, Cancel())
    sessions.await_rest(root, "cancelled")
    assert sessions.is_applied(command)
    for child in sessions.children(root):
        assert sessions.status(child) == "cancelled"
        assert sessions.lease(child) == ""


def test_what_was_said_before_a_cancel_does_not_set_it_going_again(
    sessions: Sessions,
) -> None:
    session_id = sessions.queue(LONG)
    sessions.await_event(session_id, "text_delta")
    message = sessions.tell(session_id, Prompt(text="And then?"))
    sessions.tell(session_id, Cancel())
    sessions.await_rest(session_id, "cancelled")
    (refused,) = sessions.events(session_id, "error")
    assert (refused["code"], refused["commandId"]) == ("command_refused", str(message))
    assert "cancelled before it was read" in refused["message"]
    assert sessions.is_applied(message)


def test_an_interrupt_stops_the_children_too(sessions: Sessions) -> None:
    root = sessions.queue("[scenario: subagents rate=30]")
    sessions.await_event(root, "agent_spawn")
    (child, *_) = sessions.children(root)
    sessions.await_event(child, "text_delta", "thinking_delta")
    sessions.tell(root, Interrupt())
    sessions.await_rest(root, "idle")
    for child in sessions.children(root):
        assert sessions.status(child) == "interrupted"


def test_an_approved_call_runs(sessions: Sessions) -> None:
    session_id = sessions.queue(CODING, permission_mode="default")
    request = sessions.await_event(session_id, "approval_request")
    sessions.await_status(session_id, "waiting")
    call = request["toolUseId"]
    command = sessions.tell(session_id, Approve(tool_use_id=call, scope="session"))
    approval = sessions.await_event(session_id, "approval")
    assert approval["toolUseId"] == call
    assert approval["commandId"] == str(command)
    assert sessions.is_applied(command)
    assert not await_result(sessions, session_id, call)["isError"]
    assert sessions.statuses(session_id)[:3] == ["running", "waiting", "running"]
    end(sessions, session_id)


def test_a_denied_call_does_not_run(sessions: Sessions) -> None:
    session_id = sessions.queue(CODING, permission_mode="default")
    call = sessions.await_event(session_id, "approval_request")["toolUseId"]
    sessions.tell(session_id, Deny(tool_use_id=call, reason="not today"))
    result = await_result(sessions, session_id, call)
    assert result["isError"]
    assert "not today" in result["output"]
    end(sessions, session_id)


def test_what_cannot_be_followed_is_refused_not_left_lying(
    sessions: Sessions,
) -> None:
    session_id = sessions.queue(LONG)
    sessions.await_event(session_id, "text_delta")
    unknown = sessions.tell(session_id, Approve(tool_use_id="toolu_none"))
    error = sessions.await_event(session_id, "error")
    assert error["commandId"] == str(unknown)
    assert error["code"] == "command_refused"
    assert not error["fatal"]
    assert sessions.is_applied(unknown)
    end(sessions, session_id)


def test_a_slowed_session_says_so_until_it_may_go_on(
    installation: Installation, sessions: Sessions
) -> None:
    session_id = sessions.queue(LONG)
    sessions.await_event(session_id, "text_delta")
    installation.rows(
        "INSERT INTO sessions_app_throttle (session_id, source, delay_ms, expires_at) "
        "VALUES (?, 'feed', 700, '2999-01-01 00:00:00') RETURNING id",
        session_id,
    )
    assert sessions.await_event(session_id, "throttled")["delayMs"] == 700
    installation.rows(
        "DELETE FROM sessions_app_throttle WHERE session_id = ? RETURNING id",
        session_id,
    )
    sessions.await_event(session_id, "resumed")
    assert len(sessions.events(session_id, "throttled", "resumed")) == 2
    end(sessions, session_id)


def test_a_session_cancelled_in_the_queue_never_starts(
    installation: Installation, sessions: Sessions
) -> None:
    blockers = [sessions.queue(LONG) for _ in range(int(CONCURRENCY))]
    for blocker in blockers:
        sessions.await_event(blocker, "text_delta")
    session_id = sessions.queue(LONG)
    sessions.tell(session_id, Cancel())
    for blocker in blockers:
        sessions.tell(blocker, Cancel())
    sessions.await_rest(session_id, "cancelled")
    assert sessions.events(session_id, "turn_start") == []


def test_a_session_of_an_engine_without_a_key_fails_with_the_reason(
    sessions: Sessions,
) -> None:
    session_id = sessions.queue("hello")
    sessions.await_rest(session_id, "completed")
    sessions.set(session_id, engine="anthropic")
    message = sessions.tell(session_id, Prompt(text="go on"))
    sessions.await_rest(session_id, "failed")
    error = sessions.events(session_id, "error")[-1]
    assert error["fatal"]
    assert "ANTHROPIC_API_KEY" in error["message"]
    assert sessions.is_applied(message)


def await_result(sessions: Sessions, session_id: str, call: str) -> Fields:
    def results() -> list[Fields]:
        results = sessions.events(session_id, "tool_result")
        return [event for event in results if event["toolUseId"] == call]

    return until(results)[0]


def end(sessions: Sessions, session_id: str) -> None:
    """Leave the runner free for the next test."""
    sessions.tell(session_id, Cancel())
    sessions.await_rest(session_id, "cancelled")


def test_runner_says_in_the_database_what_it_does(
    installation: Installation, sessions: Sessions, runner: Process
) -> None:
    query = "SELECT concurrency, sessions FROM sessions_app_runnerprocess WHERE pid = ?"
    running = sessions.queue(LONG)
    until(lambda: installation.rows(query, runner.pid) == [(int(CONCURRENCY), 1)])
    sessions.tell(running, Cancel())
    until(lambda: installation.rows(query, runner.pid) == [(int(CONCURRENCY), 0)])
