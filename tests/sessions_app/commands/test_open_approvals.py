import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from sessions_app.commands.open_approvals import pending_approvals
from sessions_app.models import AgentSession, Command, Event


@pytest.fixture
def waiting(alice: User) -> AgentSession:
    return waits(alice, "s_1")


def waits(owner: User, id_: str, **fields: Any) -> AgentSession:
    values = {"owner": owner, "title": id_, "prompt": "p", "status": "waiting"}
    return AgentSession.objects.create(id=id_, **values, **fields)


def log(session: AgentSession, *types: str, call: str = "t1", ts: int = 5) -> None:
    for type_ in types:
        session.head_seq += 1
        event = {"type": type_, "toolUseId": call, "seq": session.head_seq, "ts": ts}
        if type_ == "approval_request":
            event |= {"tool": "bash", "input": {"command": "ls"}, "reason": "why"}
        values = {"seq": session.head_seq, "type": type_, "ts": ts}
        Event.objects.create(session=session, **values, data=json.dumps(event))
    session.save()


def calls(*sessions: AgentSession) -> list[str]:
    return [ask.tool_use_id for ask in pending_approvals([s.pk for s in sessions])]


def test_a_question_is_open_until_it_is_answered_or_over(waiting: AgentSession) -> None:
    log(waiting, "turn_start", "approval_request")
    log(waiting, "approval_request", call="t2")
    log(waiting, "approval_request", call="t3")
    assert calls(waiting) == ["t1", "t2", "t3"]
    log(waiting, "approval", call="t1")
    log(waiting, "tool_result", call="t2")
    assert calls(waiting) == ["t3"]


def test_what_a_former_turn_asked_is_over(waiting: AgentSession) -> None:
    log(waiting, "turn_start", "approval_request")
    log(waiting, "turn_start", "tool_use")
    assert calls(waiting) == []


def test_an_answer_on_its_way_counts(waiting: AgentSession, alice: User) -> None:
    log(waiting, "approval_request")
    log(waiting, "approval_request", call="t2")
    values = {"key": "k", "type": "deny", "data": "{}", "tool_use_id": "t1"}
    Command.objects.create(session=waiting, by=alice, **values)
    assert calls(waiting) == ["t2"]


def test_the_inbox_is_of_all_sessions_and_depths_the_longest_wait_first(
    as_alice: Client, alice: User, bob: User, waiting: AgentSession
) -> None:
    child = waits(alice, "s_2", parent=waiting)
    log(waiting, "turn_start", "approval_request", ts=9)
    log(child, "turn_start", "approval_request", ts=7)
    log(waits(bob, "s_3"), "approval_request")
    inbox = as_alice.get("/inbox/asks").json()
    assert inbox["total"] == 2
    assert [(ask["session"], ask["root"]) for ask in inbox["asks"]] == [
        ("s_2", "s_1"),
        ("s_1", "s_1"),
    ]
    assert inbox["asks"][0]["rootTitle"] == "s_1"
    assert inbox["asks"][0]["request"]["input"] == {"command": "ls"}
    assert inbox["asks"][0]["canControl"]


def test_the_inbox_is_cut_and_says_how_much_there_is(
    as_alice: Client, waiting: AgentSession, settings: Settings
) -> None:
    settings.INBOX_MAX_ASKS = 1
    log(waiting, "approval_request")
    log(waiting, "approval_request", call="t2")
    inbox = as_alice.get("/inbox/asks").json()
    assert (len(inbox["asks"]), inbox["total"]) == (1, 2)


def test_every_page_says_how_much_waits(
    as_alice: Client, waiting: AgentSession
) -> None:
    assert b'data-slot="asks" hidden>0<' in as_alice.get("/inbox/").content
    log(waiting, "approval_request")
    for page in ("/", "/inbox/", f"/sessions/{waiting.pk}/"):
        assert b'data-slot="asks">1<' in as_alice.get(page).content


def test_the_inbox_takes_as_many_queries_for_many_sessions(
    as_alice: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        log(waits(alice, f"s_{number}"), "turn_start", "approval_request")
    with django_assert_max_num_queries(12):
        assert as_alice.get("/inbox/asks").json()["total"] == 30


def test_the_inbox_is_for_those_who_are_signed_in(client: Client, db: None) -> None:
    assert client.get("/inbox/asks").status_code == 401
    assert client.get("/inbox/")["Location"].startswith("/signin/")
