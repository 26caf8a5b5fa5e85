import pytest

from runners.engines.json_lines.transcript.unanswered import Unanswered
from sessions_app.protocol.events import (
    AgentComplete,
    Event,
    Outcome,
    SessionStarted,
    Status,
    TextDelta,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Usage

RUNNING = Status(status=SessionStatus.RUNNING)
SPEECH = TextDelta(block="b", offset=0, delta="x")
STARTED = SessionStarted(
    model="m", workdir="/", permission_mode="default", engine="exec"
)


def said(text: str) -> UserMessage:
    return UserMessage(text=text, command_id="1")


def ended(status: Outcome) -> AgentComplete:
    return AgentComplete(status=status, usage=Usage())


def left(*events: Event) -> list[str]:
    return [*Unanswered.of([STARTED, said("first"), RUNNING, *events]).messages]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([SPEECH, ended("success")], []),
        ([ended("success")], []),  # it did its work without a word
        ([said("later"), SPEECH, ended("success")], []),
        ([SPEECH, said("later"), ended("success")], ["later"]),
        ([SPEECH, ended("error")], ["first"]),
        ([SPEECH, said("later"), ended("error")], ["first", "later"]),
        ([SPEECH, ended("interrupted")], []),
        ([ended("interrupted")], ["first"]),
        ([SPEECH, said("later"), ended("interrupted")], ["later"]),
        ([SPEECH, said("later"), SPEECH, ended("interrupted")], ["later"]),
        ([SPEECH, said("later"), ended("cancelled")], []),
        ([SPEECH, said("later")], ["first", "later"]),  # killed
        ([SPEECH, said("later"), STARTED], ["first", "later"]),
        ([SPEECH, ended("success"), said("next")], ["next"]),
        ([SPEECH, ended("error"), said("next")], ["first", "next"]),
        ([UserMessage(text="its own"), SPEECH, ended("interrupted")], []),
    ],
)
def test_messages_that_no_run_has_answered_are_left(
    events: list[Event], expected: list[str]
) -> None:
    assert left(*events) == expected


def test_a_run_without_a_new_message_begins_with_what_was_stopped() -> None:
    events = [STARTED, said("first"), RUNNING, SPEECH, ended("interrupted")]
    assert [*Unanswered.of(events).last] == ["first"]
    assert [*Unanswered.of([*events, STARTED]).last] == ["first"]
    assert [*Unanswered.of([*events, said("next")]).last] == ["next"]
