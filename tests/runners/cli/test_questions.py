import asyncio
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import cast

import msgspec
import pytest

from runners.cli.questions import LATE_S, Questions, read_answer
from runners.cli.terminal.approval_text import question_text
from sessions_app.log.database.reader import Reader
from sessions_app.protocol.commands import Approve, Deny
from sessions_app.protocol.events import Approval, ApprovalRequest
from sessions_app.protocol.fields.question import ApprovalOption, Choice, Question
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import ROOT, until


class Person:
    """Somebody at a real terminal, in which a command runs."""

    def __init__(self, installation: Installation, *words: str) -> None:
        self._terminal, theirs = pty.openpty()
        self._seen = b""
        self._child = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=installation.env | {"TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def sees(self, text: str, times: int = 1) -> None:
        until(lambda: self._seen.count(text.encode()) >= times)

    def interrupts(self) -> None:
        """Press Ctrl-C, as the terminal passes it on."""
        self._child.send_signal(signal.SIGINT)

    def hangs_up(self) -> None:
        """Close the terminal, of which the kernel tells the command."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, self._terminal)
        os.close(nothing)
        self._child.send_signal(signal.SIGHUP)

    def leaves(self) -> int:
        """Wait until the command has ended; return its exit code."""
        return self._child.wait(60)

    def types(self, line: str) -> None:
        os.write(self._terminal, f"{line}\n".encode())

    def leave(self) -> None:
        self._child.kill()
        self._child.wait()
        self._reader.join()
        os.close(self._terminal)

    def _read(self) -> None:
        try:
            while data := os.read(self._terminal, 65536):
                self._seen += data
        except OSError:  # the other side is closed
            return


@pytest.fixture
def person(installation: Installation) -> Iterator[Person]:
    """Started on a session that asks before it writes."""
    words = ["runagent", "[scenario: coding]", "--permission-mode", "default"]
    person = Person(installation, *words)
    yield person
    person.leave()


def test_a_person_at_the_terminal_may_approve(
    sessions: Sessions, person: Person
) -> None:
    person.sees("may it run")
    person.sees("y: yes")  # what is typed sooner is a message to the agent
    person.types("perhaps")
    person.types("y")
    (session_id,) = sessions.ids()
    approval = sessions.await_event(session_id, "approval")
    assert approval["decision"] == "approved"
    person.sees("approved by")


def test_somebody_on_the_page_may_be_quicker(
    sessions: Sessions, person: Person
) -> None:
    person.sees("y: yes")
    (session_id,) = sessions.ids()
    call = sessions.await_event(session_id, "approval_request")["toolUseId"]
    sessions.tell(session_id, Deny(tool_use_id=call, reason="by page"))
    person.sees("by page")
    assert sessions.await_event(session_id, "approval")["decision"] == "denied"


def test_a_follow_up_goes_on_and_an_empty_line_leaves(
    installation: Installation, sessions: Sessions
) -> None:
    person = Person(installation, "runagent", "[scenario: markdown]")
    try:
        person.sees("what next?")
        (session_id,) = sessions.ids()
        sessions.await_status(session_id, "completed")
        person.types("[scenario: refusal]")
        sessions.await_status(session_id, "failed")
        said = [e["text"] for e in sessions.events(session_id, "user_message")]
        assert said == ["[scenario: markdown]", "[scenario: refusal]"]
        person.sees("what next?", times=2)
        person.types("")
        assert person.leaves() == 1
    finally:
        person.leave()
    assert sessions.lease(session_id) == ""


def test_ctrl_c_interrupts_once_and_leaves_at_the_next_question(
    installation: Installation, sessions: Sessions
) -> None:
    person = Person(installation, "runagent", "[scenario: long rate=50]")
    try:
        person.sees("lighthouse")
        person.interrupts()
        person.sees("what next?")
        (session_id,) = sessions.ids()
        assert sessions.status(session_id) == "idle"
        person.interrupts()
        assert person.leaves() == 130
    finally:
        person.leave()


def test_who_closes_the_terminal_leaves_a_session_that_can_go_on(
    installation: Installation, sessions: Sessions
) -> None:
    person = Person(installation, "runagent", "[scenario: long rate=50]")
    try:
        person.sees("lighthouse")
        person.hangs_up()
        assert person.leaves() == 130
    finally:
        person.leave()
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "interrupted"
    assert sessions.lease(session_id) == ""


def test_what_is_typed_while_the_agent_works_is_a_message(
    installation: Installation, sessions: Sessions
) -> None:
    person = Person(installation, "runagent", "[scenario: long rate=50]")
    try:
        person.sees("lighthouse")
        person.types("and then stop [scenario: markdown]")
        (session_id,) = sessions.ids()
        until(lambda: prompts(installation, session_id))
    finally:
        person.leave()


def prompts(installation: Installation, session_id: str) -> list[tuple[str, ...]]:
    query = "SELECT data FROM sessions_app_command WHERE session_id = ? AND type = ?"
    return installation.rows(query, session_id, "prompt")


class Typing:
    """Somebody types while questions come and go; notes what is sent and shown."""

    def __init__(self, stdin: int) -> None:
        self.sent: list[object] = []
        self.shown: list[str] = []
        self._stdin = stdin
        reader = cast(Reader, self)
        self.questions = Questions(reader, "s_root", None, self.shown.append)

    async def read(self, _act: object, *args: object) -> None:
        self.sent.append(args[-1])

    async def types(self, line: str) -> None:
        os.write(self._stdin, f"{line}\n".encode())
        await asyncio.sleep(0.05)


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Typing]:
    ours, theirs = os.pipe()
    with os.fdopen(ours) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield Typing(theirs)
    os.close(theirs)


def request(call: str) -> ApprovalRequest:
    arguments = {"command": f"run {call}"}
    return ApprovalRequest(
        session_id="s_root", tool_use_id=call, tool="bash", input=arguments, reason=""
    )


async def test_an_answer_that_comes_too_late_does_not_go_to_the_next_question(
    typing: Typing,
) -> None:
    typing.questions.start()
    typing.questions.update([request("a"), request("b")])
    elsewhere = Approval(tool_use_id="a", decision="denied")
    typing.questions.update([elsewhere])
    assert "run b" in typing.shown[-1]
    await typing.types("y")  # meant for the first
    assert typing.sent == []
    assert "answered elsewhere" in "".join(typing.shown)
    await asyncio.sleep(LATE_S)
    await typing.types("y")
    assert typing.sent == [Approve(tool_use_id="b")]
    typing.questions.stop()


async def test_questions_are_answered_one_after_another(typing: Typing) -> None:
    typing.questions.start()
    typing.questions.update([request("a"), request("b")])
    await typing.types("y")
    typing.questions.update([Approval(tool_use_id="a", decision="approved")])
    assert "run b" in typing.shown[-1]
    await typing.types("n no")
    assert typing.sent == [
        Approve(tool_use_id="a"),
        Deny(tool_use_id="b", reason="no"),
    ]
    typing.questions.stop()


def test_lines_are_read_as_answers() -> None:
    call = "toolu_1"
    asked = request(call)
    assert read_answer("y", asked) == Approve(tool_use_id=call)
    assert read_answer("Always", asked) == Approve(tool_use_id=call, scope="session")
    assert read_answer("n  too risky", asked) == Deny(
        tool_use_id=call, reason="too risky"
    )
    assert read_answer("no", asked) == Deny(tool_use_id=call)
    assert read_answer("maybe", asked) is None
    assert read_answer("1", asked) is None


def test_the_number_of_an_option_is_an_answer() -> None:
    asked = msgspec.structs.replace(
        request("t"),
        options=[
            ApprovalOption(id="ok", name="Allow", kind="allow_once"),
            ApprovalOption(id="no", name="Reject", kind="reject_once"),
        ],
    )
    assert read_answer("1", asked) == Approve(tool_use_id="t", option_id="ok")
    assert read_answer("2 not now", asked) == Deny(
        tool_use_id="t", reason="not now", option_id="no"
    )
    assert read_answer("3", asked) is None
    assert question_text(asked).endswith("\n  1. Allow\n  2. Reject")


async def test_a_form_is_filled_in_question_after_question(typing: Typing) -> None:
    questions = [
        Question(
            id="db",
            text="Which database?",
            kind="one",
            choices=[Choice(value="pg", name="PostgreSQL"), Choice(value="lite")],
            required=True,
        ),
        Question(id="n", text="How many?", kind="integer", maximum=9),
        Question(id="sure", text="Sure?", kind="boolean"),
    ]
    typing.questions.start()
    typing.questions.update(
        [msgspec.structs.replace(request("q"), questions=questions)]
    )
    assert "1. PostgreSQL" in typing.shown[-1]
    await typing.types("mongo")
    assert "does not offer 'mongo'" in typing.shown[-2]
    assert "Which database?" in typing.shown[-1]
    await typing.types("1")
    await typing.types("12")
    assert "takes at most 9" in typing.shown[-2]
    await typing.types("-")
    assert typing.sent == []
    await typing.types("y")
    answers = {"db": "pg", "sure": True}
    assert typing.sent == [Approve(tool_use_id="q", answers=answers)]
    typing.questions.stop()


async def test_a_form_may_be_refused(typing: Typing) -> None:
    questions = [Question(id="why", text="Why?", required=True)]
    typing.questions.start()
    typing.questions.update(
        [msgspec.structs.replace(request("q"), questions=questions)]
    )
    await typing.types("/no it is late")
    assert typing.sent == [Deny(tool_use_id="q", reason="it is late")]
    typing.questions.stop()
