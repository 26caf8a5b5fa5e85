import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.models import AgentSession, Command, Event
from tests.sessions_app.answer import Answer

PROMPT = {"type": "prompt", "text": "Go on"}
APPROVE = {"type": "approve", "toolUseId": "toolu_1"}
DENY = {"type": "deny", "toolUseId": "toolu_1", "reason": "no"}
OVER = ["idle", "completed", "failed", "interrupted", "cancelled"]


def send(client: Client, session: AgentSession, body: Any, key: str = "k1") -> Answer:
    return client.post(
        f"/api/v1/sessions/{session.pk}/commands",
        body if isinstance(body, str | bytes) else json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )


def error(answer: Answer) -> str:
    text: str = json.loads(answer.content)["detail"]
    return text


def set_status(session: AgentSession, status: str) -> None:
    AgentSession.objects.filter(pk=session.pk).update(status=status)


def event(session: AgentSession, seq: int, kind: str, **fields: Any) -> None:
    data = {"type": kind, "toolUseId": "toolu_1", "tool": "bash", "durationMs": 1}
    Event.objects.create(
        session=session,
        seq=seq,
        type=kind,
        stream="toolu_1" if kind == "tool_result" else "",
        ts=1,
        data=json.dumps(data | fields),
    )


def ask(session: AgentSession) -> None:
    event(session, 1, "approval_request", input={}, reason="")


@pytest.mark.parametrize(
    "body",
    [
        PROMPT,
        {"type": "interrupt"},
        {"type": "cancel"},
        {**APPROVE, "scope": "session", "input": {"command": "ls"}},
        DENY,
    ],
)
def test_command_becomes_a_row(
    as_alice: Client, alice: User, session: AgentSession, body: dict[str, Any]
) -> None:
    ask(session)
    answer = send(as_alice, session, body)
    assert answer.status_code == 202
    row = Command.objects.get()
    assert json.loads(answer.content) == {"id": str(row.pk)}
    assert (row.session, row.by, row.key) == (session, alice, "k1")
    assert row.type == body["type"]
    assert json.loads(row.data) == body
    assert row.tool_use_id == body.get("toolUseId")
    assert row.applied_at is None


def test_same_key_is_the_same_command(as_alice: Client, session: AgentSession) -> None:
    first = send(as_alice, session, PROMPT)
    again = send(as_alice, session, PROMPT)
    assert again.status_code == 202
    assert again.content == first.content
    assert Command.objects.count() == 1


def test_same_key_answers_the_same_when_all_is_over(
    as_alice: Client, session: AgentSession
) -> None:
    first = send(as_alice, session, {"type": "interrupt"})
    set_status(session, "completed")
    again = send(as_alice, session, {"type": "interrupt"})
    assert again.content == first.content


def test_repeated_message_does_not_queue_again(
    as_alice: Client, session: AgentSession
) -> None:
    send(as_alice, session, PROMPT)
    set_status(session, "completed")
    send(as_alice, session, PROMPT)
    session.refresh_from_db()
    assert session.status == "completed"


def test_key_cannot_carry_two_commands(as_alice: Client, session: AgentSession) -> None:
    send(as_alice, session, PROMPT)
    answer = send(as_alice, session, {**PROMPT, "text": "Stop"})
    assert answer.status_code == 409
    assert "use a new one" in error(answer)
    assert Command.objects.count() == 1


def test_key_is_a_sessions_own(
    as_alice: Client, alice: User, session: AgentSession
) -> None:
    other = AgentSession.objects.create(owner=alice, title="t", prompt="p")
    send(as_alice, session, PROMPT)
    assert send(as_alice, other, PROMPT).status_code == 202
    assert Command.objects.count() == 2


@pytest.mark.parametrize("second", [APPROVE, DENY])
def test_second_answer_says_who_gave_the_first(
    as_alice: Client, as_root: Client, session: AgentSession, second: dict[str, str]
) -> None:
    ask(session)
    send(as_root, session, DENY, "k1")
    answer = send(as_alice, session, second, "k2")
    assert answer.status_code == 409
    assert error(answer) == "root has denied this already."
    assert Command.objects.count() == 1


@pytest.mark.parametrize("status", OVER)
def test_message_queues_a_session_without_a_runner(
    as_alice: Client, session: AgentSession, status: str
) -> None:
    set_status(session, status)
    before = AgentSession.objects.get().updated_at
    assert send(as_alice, session, PROMPT).status_code == 202
    session.refresh_from_db()
    assert session.status == "queued"
    assert session.updated_at > before


@pytest.mark.parametrize("status", ["running", "waiting", "queued"])
def test_message_leaves_the_status_to_the_runner(
    as_alice: Client, session: AgentSession, status: str
) -> None:
    set_status(session, status)
    assert send(as_alice, session, PROMPT).status_code == 202
    session.refresh_from_db()
    assert session.status == status


@pytest.mark.parametrize("status", OVER)
@pytest.mark.parametrize("body", [{"type": "interrupt"}, {"type": "cancel"}, APPROVE])
def test_where_nothing_runs_nothing_can_be_stopped_or_approved(
    as_alice: Client, session: AgentSession, status: str, body: dict[str, str]
) -> None:
    set_status(session, status)
    answer = send(as_alice, session, body)
    assert answer.status_code == 409
    assert f"The session is {status}" in error(answer)
    assert not Command.objects.exists()


@pytest.mark.parametrize("body", [APPROVE, DENY])
def test_answer_to_an_open_question_queues_a_session_whose_runner_is_gone(
    as_alice: Client, session: AgentSession, body: dict[str, Any]
) -> None:
    ask(session)
    set_status(session, "interrupted")
    assert send(as_alice, session, body).status_code == 202
    session.refresh_from_db()
    assert session.status == "queued"


@pytest.mark.parametrize("status", ["queued", "running", "waiting"])
@pytest.mark.parametrize("body", [APPROVE, DENY])
def test_answer_to_what_was_never_asked_is_refused_while_the_session_runs(
    as_alice: Client, session: AgentSession, status: str, body: dict[str, Any]
) -> None:
    ask(session)
    set_status(session, status)
    answer = send(as_alice, session, {**body, "toolUseId": "toolu_none"})
    assert answer.status_code == 409
    assert "waits for an answer" in error(answer)
    assert not Command.objects.exists()
    assert send(as_alice, session, body).status_code == 202


@pytest.mark.parametrize("ended_by", ["approval", "tool_result", "turn_start"])
def test_answer_to_a_question_of_the_past_is_refused(
    as_alice: Client, session: AgentSession, ended_by: str
) -> None:
    ask(session)
    event(session, 2, ended_by, decision="denied", output="", isError=True)
    set_status(session, "interrupted")
    assert send(as_alice, session, APPROVE).status_code == 409


def test_answer_to_a_sub_agent_queues_the_whole_tree(
    as_alice: Client, session: AgentSession
) -> None:
    child = AgentSession.objects.create(
        parent=session, owner=session.owner, title="c", prompt="c", status="interrupted"
    )
    set_status(session, "interrupted")
    ask(child)
    assert send(as_alice, child, APPROVE).status_code == 202
    session.refresh_from_db()
    child.refresh_from_db()
    assert (session.status, child.status) == ("queued", "interrupted")


def test_sub_agent_takes_answers_but_no_messages(
    as_alice: Client, alice: User, session: AgentSession
) -> None:
    child = AgentSession.objects.create(
        owner=alice, parent=session, title="t", prompt="p", status="waiting"
    )
    ask(child)
    assert send(as_alice, child, APPROVE, "k1").status_code == 202
    answer = send(as_alice, child, PROMPT, "k2")
    assert answer.status_code == 409
    assert "main session" in error(answer)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("{", "not JSON"),
        ("[]", "object"),
        (b'{"type":"prompt","text":"\xff"}', "not JSON"),
        ('{"type":"prompt","text":"\\ud800"}', "not JSON"),
        ("{}", "type"),
        ({"type": "reboot"}, "reboot"),
        ({"type": "prompt"}, "text"),
        ({"type": "prompt", "text": 7}, "text"),
        ({"type": "prompt", "text": " \n"}, "say something"),
        ({"type": "prompt", "text": "a\0b"}, "NUL"),
        ({"type": "prompt", "text": "x" * 40_001}, "40000"),
        ({"type": "prompt", "text": "x" * 300_000}, "bytes"),
        ({"type": "prompt", "text": "x" * 3_000_000}, "bytes"),
        ({"type": "approve", "toolUseId": "a\0b"}, "toolUseId"),
        ({"type": "approve", "toolUseId": ""}, "toolUseId"),
        ({"type": "approve", "toolUseId": "x" * 129}, "toolUseId"),
        ({"type": "approve", "toolUseId": "t", "scope": "always"}, "scope"),
        ({"type": "throttle", "delay_ms": 100}, "not for people"),
        ({"type": "resume"}, "not for people"),
    ],
)
def test_bad_command_says_what_is_wrong(
    as_alice: Client, session: AgentSession, body: Any, why: str
) -> None:
    answer = send(as_alice, session, body)
    assert answer.status_code == 400
    assert why in error(answer)
    assert not Command.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "é"])
def test_key_is_asked_for(as_alice: Client, session: AgentSession, key: str) -> None:
    answer = send(as_alice, session, PROMPT, key)
    assert answer.status_code == 422
    assert "Idempotency-Key" in error(answer)


def test_form_is_no_command(as_alice: Client, session: AgentSession) -> None:
    path = f"/api/v1/sessions/{session.pk}/commands"
    answer = as_alice.post(path, PROMPT, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 400
    assert "application/json" in error(answer)


def test_commands_are_for_those_who_control(
    client: Client, as_bob: Client, as_root: Client, session: AgentSession
) -> None:
    assert send(client, session, PROMPT).status_code == 401
    assert send(as_bob, session, PROMPT).status_code == 404
    assert send(as_root, session, PROMPT).status_code == 202
    assert as_bob.get(f"/api/v1/sessions/{session.pk}/commands").status_code == 405


def test_command_from_another_site_is_refused(
    alice: User, session: AgentSession
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = send(client, session, PROMPT)
    assert (answer.status_code, "reload" in error(answer)) == (403, True)
    assert not Command.objects.exists()


def test_program_with_a_wrong_token_is_asked_for_a_token_and_not_for_csrf(
    session: AgentSession,
) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        f"/api/v1/sessions/{session.pk}/commands",
        json.dumps(PROMPT),
        content_type="application/json",
        headers={"Idempotency-Key": "k", "Authorization": "Bearer ringside_wrong"},
    )
    assert answer.status_code == 401
    assert "token" in error(answer)


def test_command_says_from_where_it_came(
    as_alice: Client, session: AgentSession
) -> None:
    assert send(as_alice, session, PROMPT).status_code == 202
    assert Command.objects.get().address == "127.0.0.1"
