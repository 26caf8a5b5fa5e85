import time

import pytest

from sessions_app.protocol.commands import Approve, Cancel
from tests.conftest import Install
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import Process, until
from tests.servers.stack import POSTGRES_REDIS, SQLITE, Stack

LONG = "[scenario: long rate=60]"  # for half a minute
# By the clock of the log. A busy machine has as much again.
HANDED_OVER_MS = 2000
TAKEN_UP_MS = 1000
SLACK_MS = 1000


def start_runner(installation: Installation) -> Process:
    """Start a runner of the queue; return when it takes sessions, and so says."""
    runner = installation.start("runagent", "--queue")
    told = "SELECT 1 FROM sessions_app_runnerprocess WHERE pid = ?"
    until(lambda: installation.rows(told, runner.pid))
    return runner


@pytest.mark.parametrize("stack", [SQLITE, POSTGRES_REDIS], ids=str)
def test_a_runner_that_is_stopped_hands_its_sessions_over_in_seconds(
    install: Install, stack: Stack
) -> None:
    installation = install(stack)
    sessions = Sessions(installation)
    first = start_runner(installation)
    session = sessions.queue(LONG)
    sessions.await_event(session, "text_delta")
    second = start_runner(installation)
    stopped_ms = time.time() * 1000
    first.terminate()
    until(lambda: len(sessions.events(session, "session_started")) == 2)
    (handed_over,) = [
        event["ts"]
        for event in sessions.events(session, "status")
        if event["status"] == "queued"
    ]
    taken_up = sessions.events(session, "session_started")[1]["ts"]
    assert handed_over - stopped_ms < HANDED_OVER_MS + SLACK_MS
    assert taken_up - handed_over < TAKEN_UP_MS + SLACK_MS
    assert f"/{second.pid}/" in sessions.lease(session)
    assert first.wait() == 0
    assert sessions.statuses(session) == ["running", "queued", "running"]
    sessions.tell(session, Cancel())
    sessions.await_rest(session, "cancelled")


def test_a_runner_hands_over_whatever_its_sessions_are_doing(
    installation: Installation,
) -> None:
    sessions = Sessions(installation)
    first = start_runner(installation)
    asking = sessions.queue("[scenario: coding rate=0]", "default")
    request = sessions.await_event(asking, "approval_request")
    in_command = sessions.queue("[scenario: sleeper rate=0]")
    sessions.await_event(in_command, "tool_output_delta")
    delegating = sessions.queue("[scenario: subagents rate=30]")
    sessions.await_event(delegating, "agent_spawn")
    children = sessions.children(delegating)
    until(lambda: any(sessions.events(child, "text_delta") for child in children))
    all_ = (asking, in_command, delegating)
    second = start_runner(installation)
    stopped_ms = time.time() * 1000
    first.terminate()
    for session in all_:
        until(lambda: len(sessions.events(session, "session_started")) == 2)  # noqa: B023
        taken_up = sessions.events(session, "session_started")[1]["ts"]
        assert taken_up - stopped_ms < HANDED_OVER_MS + TAKEN_UP_MS + SLACK_MS
        assert f"/{second.pid}/" in sessions.lease(session)
    assert first.wait() == 0
    # The question is the same one still, and its answer counts.
    sessions.await_status(asking, "waiting")
    assert len(sessions.events(asking, "approval_request")) == 1
    sessions.tell(asking, Approve(tool_use_id=request["toolUseId"]))
    assert not sessions.await_event(asking, "tool_result")["isError"]
    # The command may have had effects; so its result says, and it is not run again.
    assert sessions.await_event(in_command, "tool_result")["isError"]


def test_a_lost_session_keeps_its_question_and_one_in_the_foreground_stays_lost(
    installation: Installation,
) -> None:
    sessions = Sessions(installation)
    start_runner(installation)
    asking = sessions.queue("[scenario: coding rate=0]", "default")
    request = sessions.await_event(asking, "approval_request")
    delegating = sessions.queue("[scenario: subagents rate=60]")
    sessions.await_event(delegating, "agent_spawn")
    by_hand = installation.start("runagent", LONG)
    known = {asking, delegating, *sessions.children(delegating)}
    (foreground,) = until(lambda: foremost(sessions, known))
    sessions.await_event(foreground, "text_delta")
    lost = (asking, delegating, *sessions.children(delegating), foreground)
    for session in lost:  # as a reaper does that has not heard of the runner
        sessions.set(session, lease="", status="interrupted")
    sessions.await_rest(delegating, "completed")
    sessions.await_status(asking, "waiting")
    assert len(sessions.events(asking, "approval_request")) == 1
    sessions.tell(asking, Approve(tool_use_id=request["toolUseId"]))
    assert not sessions.await_event(asking, "tool_result")["isError"]
    assert by_hand.wait() != 0
    assert sessions.status(foreground) == "interrupted"
    assert len(sessions.events(foreground, "session_started")) == 1
    sessions.tell(asking, Cancel())
    sessions.await_rest(asking, "cancelled")


def foremost(sessions: Sessions, known: set[str]) -> list[str]:
    """The main sessions that are none of those."""
    ids = sessions.ids()
    return [i for i in ids if i not in known and not sessions.column(i, "parent_id")]


@pytest.mark.parametrize("runners", [1, 2])
def test_what_came_from_the_queue_goes_on_by_itself_once_its_runner_can_write_again(
    install: Install, runners: int
) -> None:
    installation = install(SQLITE)
    sessions = Sessions(installation)
    for _ in range(runners):
        start_runner(installation)
    queued = [sessions.queue("[scenario: long tokens=400 rate=100]") for _ in range(2)]
    for session in queued:
        sessions.await_event(session, "text_delta")
    for session in queued:  # as a reaper does that has not heard of the runner
        sessions.set(session, lease="", status="interrupted")
    for session in queued:
        sessions.await_rest(session, "completed")
        assert len(sessions.events(session, "session_started")) == 2
        assert len(sessions.events(session, "agent_complete")) == 1


def test_what_a_person_has_cancelled_meanwhile_does_not_go_on(
    installation: Installation,
) -> None:
    sessions = Sessions(installation)
    start_runner(installation)
    session = sessions.queue(LONG)
    sessions.await_event(session, "text_delta")
    sessions.set(session, lease="", status="cancelled")
    other = sessions.queue("[scenario: markdown rate=0]")
    sessions.await_rest(other, "completed")
    assert sessions.status(session) == "cancelled"
    assert len(sessions.events(session, "session_started")) == 1
