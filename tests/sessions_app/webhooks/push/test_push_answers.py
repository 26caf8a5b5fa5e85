"""What the buttons of a notification may do, and for whom."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.models import AgentSession, Command, MutedSession, Share
from sessions_app.protocol.events import Approval, ApprovalRequest
from sessions_app.protocol.fields.question import ApprovalOption
from sessions_app.protocol.fields.tool_details import FileDiff
from sessions_app.webhooks.push.call_text import whole_call
from sessions_app.webhooks.push.notification import AnswerToken, ShownQuestion
from tests.sessions_app.answer import Answer
from tests.sessions_app.logbook import held_session, write_log


def asked(tool: str = "bash", **fields: Any) -> ApprovalRequest:
    given = {"input": {"command": "git push"}, "reason": ""} | fields
    return ApprovalRequest(tool_use_id="t", tool=tool, **given)


@pytest.fixture
def waiting(alice: User) -> AgentSession:
    session = held_session(id="s_push", owner=alice, status="waiting")
    write_log(session, asked())
    return session


def token_of(user: User, session: AgentSession, request: ApprovalRequest) -> str:
    question = ShownQuestion.of(session, request)
    assert question is not None
    return AnswerToken(user.pk, session.pk, "t", question.digest).signed()


def press(client: Client, token: str, verdict: str = "approve") -> Answer:
    return client.post(
        "/notifications/answer",
        {"token": token, "verdict": verdict},
        content_type="application/json",
    )


def test_button_that_is_pressed_twice_answers_once(
    alice: User, as_alice: Client, waiting: AgentSession
) -> None:
    token = token_of(alice, waiting, asked())
    assert press(as_alice, token, "deny").status_code == 204
    assert press(as_alice, token, "deny").status_code == 409
    assert press(as_alice, token, "approve").status_code == 409
    assert Command.objects.get().type == "deny"


def test_token_of_another_person_answers_nothing(
    alice: User, as_bob: Client, waiting: AgentSession
) -> None:
    assert press(as_bob, token_of(alice, waiting, asked())).status_code == 403
    assert press(Client(), token_of(alice, waiting, asked())).status_code == 401
    assert not Command.objects.exists()


def test_who_may_watch_alone_cannot_answer(
    bob: User, as_bob: Client, waiting: AgentSession
) -> None:
    Share.objects.create(session=waiting, user=bob, can_control=False)
    assert press(as_bob, token_of(bob, waiting, asked())).status_code == 403
    Share.objects.all().delete()
    assert press(as_bob, token_of(bob, waiting, asked())).status_code == 404
    assert not Command.objects.exists()


def test_other_call_than_was_shown_is_not_answered(
    alice: User, as_alice: Client, waiting: AgentSession
) -> None:
    shown = asked(input={"command": "git status"})
    assert press(as_alice, token_of(alice, waiting, shown)).status_code == 409
    assert not Command.objects.exists()


def test_call_that_was_not_shown_whole_cannot_be_approved_but_denied(
    alice: User, as_alice: Client
) -> None:
    long = asked(input={"command": "echo " + "x" * 200})
    session = held_session(id="s_long", owner=alice, status="waiting")
    write_log(session, long)
    token = token_of(alice, session, long)
    assert press(as_alice, token, "approve").status_code == 409
    assert press(as_alice, token, "deny").status_code == 204


def test_call_that_is_over_is_not_answered(
    alice: User, as_alice: Client, waiting: AgentSession
) -> None:
    write_log(waiting, Approval(tool_use_id="t", decision="denied"))
    assert press(as_alice, token_of(alice, waiting, asked())).status_code == 409


def test_token_does_not_last_and_cannot_be_made_up(
    alice: User, as_alice: Client, waiting: AgentSession, settings: LazySettings
) -> None:
    token = token_of(alice, waiting, asked())
    assert press(as_alice, f"{token}x").status_code == 403
    settings.PUSH_ANSWER_MAX_S = -1
    assert press(as_alice, token).status_code == 403
    assert as_alice.post("/notifications/answer").status_code == 400


@pytest.mark.parametrize(
    "request_",
    [
        asked(input={"command": "git push", "timeout_ms": 5}),
        asked(input={"command": "git push\nrm -rf /"}),
        asked(input={"command": "echo \u202egnp"}),
        asked(input={"command": "echo аdmin"}),  # noqa: RUF001 the letter is Cyrillic
        asked(input={"command": "curl -H 'Key: ********'"}),
        asked(input={"command": "true" + " " * 40 + "; rm -rf /"}),
        asked(input={"command": "x" * 121}),
        asked(input={"command": " "}),
        asked(input={"command": ["git"]}),
        asked(input={}),
        asked(tool="Bash"),
        asked(tool="write_file", input={"path": "a", "content": "b"}),
        asked(diffs=[FileDiff(path="a", old_text="", new_text="b")]),
        asked(plan="# Plan"),
        asked(whole_id="o_whole"),  # too large: the log has a part of it
        asked(options=[ApprovalOption(id="a", name="Always", kind="allow_always")]),
    ],
)
def test_call_is_whole_only_if_a_line_can_say_all_of_it(
    request_: ApprovalRequest,
) -> None:
    assert whole_call(request_) is None


def test_call_of_which_something_is_masked_cannot_be_approved(
    waiting: AgentSession,
) -> None:
    hiding = asked(input={"command": f"echo ghp_{'a1B2' * 9}"})
    question = ShownQuestion.of(waiting, hiding)
    assert question is not None
    assert "***" in question.shown
    assert question.answers == ["deny"]


@pytest.mark.parametrize("path", ["answer", "browser"])
def test_nesting_that_is_too_deep_is_a_bad_request(as_alice: Client, path: str) -> None:
    deep = b'{"x":' + b"[" * 100_000
    url = f"/notifications/{path}"
    send = as_alice.post if path == "answer" else as_alice.put
    assert send(url, deep, content_type="application/json").status_code == 400


def test_small_known_calls_are_whole() -> None:
    assert whole_call(asked()) == "bash: git push"
    read = asked(tool="read_file", input={"path": "a.py"})
    assert whole_call(read) == "read_file: a.py"


def test_mute_is_everybodys_own(
    alice: User, bob: User, as_alice: Client, waiting: AgentSession
) -> None:
    for _ in range(2):
        assert as_alice.put(f"/sessions/{waiting.pk}/mute").status_code == 204
    assert [one.user for one in MutedSession.objects.all()] == [alice]
    page = as_alice.get(f"/sessions/{waiting.pk}/").content.decode()
    assert "data-muted" in page
    assert as_alice.delete(f"/sessions/{waiting.pk}/mute").status_code == 204
    assert not MutedSession.objects.exists()
