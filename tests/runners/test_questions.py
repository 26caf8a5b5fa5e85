import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from runners.questions import read_answer
from sessions_app.protocol.commands import Approve, Deny
from tests.installation import Installation
from tests.process import ROOT, until
from tests.runners.sessions import Sessions


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

    def sees(self, text: str) -> None:
        until(lambda: text.encode() in self._seen)

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
def sessions(installation: Installation) -> Sessions:
    return Sessions(installation)


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


def test_lines_are_read_as_answers() -> None:
    call = "toolu_1"
    assert read_answer("y", call) == Approve(tool_use_id=call)
    assert read_answer("Always", call) == Approve(tool_use_id=call, scope="session")
    assert read_answer("n  too risky", call) == Deny(
        tool_use_id=call, reason="too risky"
    )
    assert read_answer("no", call) == Deny(tool_use_id=call)
    assert read_answer("maybe", call) is None
