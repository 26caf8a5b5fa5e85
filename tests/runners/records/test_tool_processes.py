import os
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest

from runners.records.tool_processes import (
    end_orphans,
    forget_processes,
    note_process,
)
from sessions_app.models import AgentSession, ToolProcess
from sessions_app.protocol.commands import Approve, Command, Deny
from tests.runners.engines.claude_api.wire import reply, text, tool
from tests.runners.sandbox.proc import alive, members
from tests.runners.scripted import ScriptedClaude
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import until


@pytest.fixture
def command() -> Iterator[subprocess.Popen[bytes]]:
    """A command that leads its group, with another in its background."""
    script = "sleep 600 & echo; wait"
    with subprocess.Popen(
        ["/bin/sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True
    ) as started:
        assert started.stdout
        started.stdout.readline()
        yield started
        started.kill()


@pytest.fixture
def session(db: None) -> AgentSession:
    return AgentSession.objects.create(title="t", prompt="p")


def test_whoever_takes_over_ends_what_was_left(
    session: AgentSession, command: subprocess.Popen[bytes]
) -> None:
    child = AgentSession.objects.create(parent=session, title="t", prompt="p")
    note_process(child.pk, command.pid)
    assert len(members(command.pid)) == 2
    assert end_orphans(session.pk) == []
    until(lambda: not members(command.pid))
    assert not ToolProcess.objects.exists()


def test_another_process_with_the_same_number_is_left_alone(
    session: AgentSession, command: subprocess.Popen[bytes]
) -> None:
    note_process(session.pk, command.pid)
    ToolProcess.objects.update(started=7)
    end_orphans(session.pk)
    assert len(members(command.pid)) == 2


def test_what_runs_on_another_host_is_named(
    session: AgentSession, command: subprocess.Popen[bytes]
) -> None:
    note_process(session.pk, command.pid)
    ToolProcess.objects.update(host="elsewhere")
    for _ in range(2):  # until somebody has seen to it
        assert end_orphans(session.pk) == [f"elsewhere {command.pid}"]
        assert len(members(command.pid)) == 2
    forget_processes(session.pk)
    assert end_orphans(session.pk) == []


@pytest.fixture
def elsewhere(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> str:
    """A session whose runner was killed on another host, in the midst of a command."""
    claude_says.says(
        reply(tool("a", "bash", command="true")),
        reply(tool("b", "bash", command="echo; sleep 600")),
    )
    process = claude_says.start("Go", "--permission-mode", "bypass")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "tool_output_delta")
    process.kill()
    installation.rows(
        "UPDATE sessions_app_toolprocess SET host = 'elsewhere' RETURNING id"
    )
    return session_id


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (lambda call: Approve(tool_use_id=call), "completed"),
        (lambda call: Deny(tool_use_id=call), "idle"),
    ],
)
def test_before_it_goes_on_beside_commands_on_another_host_it_asks(
    elsewhere: str,
    sessions: Sessions,
    claude_says: ScriptedClaude,
    answer: Callable[[str], Command],
    status: str,
) -> None:
    claude_says.says(reply(text("Done.")))
    second = claude_says.go_on(elsewhere)
    asked = sessions.await_event(elsewhere, "approval_request")
    assert asked["tool"] == "takeover"
    (process,) = asked["input"]["processes"]  # the one that had not ended
    assert process.startswith("elsewhere ")
    assert sessions.events(elsewhere, "turn_start")[-1]["turn"] == 2  # not the next one
    sessions.tell(elsewhere, answer(asked["toolUseId"]))
    second.wait()
    assert sessions.status(elsewhere) == status
    assert sessions.count("sessions_app_toolprocess") == (status == "idle")


def test_the_question_about_another_host_outlives_runners(
    elsewhere: str, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    process = claude_says.go_on(elsewhere)
    (first,) = until(lambda: sessions.events(elsewhere, "approval_request"))
    sessions.await_status(elsewhere, "waiting")
    lease = sessions.lease(elsewhere)
    process.kill()
    second = claude_says.go_on(elsewhere)
    until(lambda: sessions.lease(elsewhere) != lease)
    sessions.await_status(elsewhere, "waiting")
    until(lambda: sessions.statuses(elsewhere).count("waiting") == 2)
    assert len(sessions.events(elsewhere, "approval_request")) == 1
    second.terminate()
    assert second.wait() == 130
    (left,) = sessions.events(elsewhere, "tool_result")[-1:]
    assert (left["toolUseId"], left["isError"]) == (first["toolUseId"], True)
    claude_says.says(reply(text("Done.")))
    third = claude_says.go_on(elsewhere)
    _, asked = until(
        lambda: (
            sessions.events(elsewhere, "approval_request")[1:]
            and sessions.events(elsewhere, "approval_request")
        )
    )
    sessions.tell(elsewhere, Approve(tool_use_id=asked["toolUseId"]))
    assert third.wait() == 0, third.errors()


def test_a_command_outlives_neither_its_runner_nor_its_watcher_for_long(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    """A runner is killed while the supervisor hangs: the next one ends the command."""
    command = "setsid sleep 600 & echo $! $PPID; wait"
    claude_says.says(reply(tool("toolu_1", "bash", command=command)))
    process = claude_says.start("Go", "--permission-mode", "bypass")
    (session_id,) = until(sessions.ids)
    shown = sessions.await_event(session_id, "tool_output_delta")["delta"]
    sleeper, supervisor = map(int, shown.split())
    os.kill(supervisor, signal.SIGSTOP)
    process.kill()
    assert alive(sleeper)
    claude_says.says(reply(text("Done.")))
    second = claude_says.go_on(session_id)
    assert second.wait() == 0, second.errors()
    assert not members(supervisor)
    assert not alive(sleeper)
    (result,) = sessions.events(session_id, "tool_result")
    assert "The runner stopped before this call ended" in result["output"]


def test_a_session_that_ends_well_leaves_nothing_to_end(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude_says.says(reply(tool("a", "bash", command="true")), reply(text("Done.")))
    process = claude_says.start("Go", "--permission-mode", "bypass")
    assert process.wait() == 0, process.errors()
    assert sessions.count("sessions_app_toolprocess") == 0
