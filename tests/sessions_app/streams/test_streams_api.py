import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.models import AgentSession, DurableStream, Event
from sessions_app.people.api_tokens import Scope, issue
from sessions_app.people.roles import Role, assign
from tests.sessions_app.logbook import change, held_session, text, write_log

pytestmark = pytest.mark.usefixtures("transactional_db")
SECRET = "sk-ant-" + "api03-" + "x7Qp" * 10


class Program:
    """A program with a token of a user of its own, who is an operator."""

    def __init__(self, name: str, *scopes: Scope) -> None:
        self.user = User.objects.create_user(name)
        assign(self.user, Role.OPERATOR)
        self.token = issue(self.user, "t", set(scopes or Scope), None)

    def ask(self, method: str, name: str, body: bytes = b"", **headers: str) -> Any:
        headers["authorization"] = f"Bearer {self.token}"
        kind = headers.pop("type", "application/json")
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        path = f"/api/v1/stream/{name}"
        return Client().generic(method, path, body, content_type=kind, headers=names)


def test_session_of_an_agent_is_read_as_a_stream_page_by_page() -> None:
    program = Program("p")
    session = held_session(id="s_agent", owner=program.user)
    write_log(session, *(text("x", f"m{n}.0") for n in range(3)))
    read: list[int] = []
    answer = program.ask("GET", "s_agent")
    read += [event["seq"] for event in answer.json()]
    write_log(session, *(text("y", f"n{n}.0") for n in range(2)))
    later = program.ask("GET", f"s_agent?offset={answer['Stream-Next-Offset']}")
    read += [event["seq"] for event in later.json()]
    assert read == [1, 2, 3, 4, 5]
    assert later["Stream-Up-To-Date"] == "true"
    assert answer["Stream-Next-Offset"] < later["Stream-Next-Offset"]


def test_offset_of_a_log_that_was_redacted_is_gone() -> None:
    program = Program("p")
    session = held_session(id="s_agent", owner=program.user)
    write_log(session, text("x"))
    offset = program.ask("HEAD", "s_agent")["Stream-Next-Offset"]
    assert program.ask("GET", f"s_agent?offset={offset}").status_code == 200
    change("s_agent", epoch="fresh")
    assert program.ask("GET", f"s_agent?offset={offset}").status_code == 410


def test_only_an_agent_writes_its_session() -> None:
    program = Program("p")
    held_session(id="s_agent", owner=program.user)
    assert program.ask("POST", "s_agent", b"1").status_code == 405
    assert program.ask("DELETE", "s_agent").status_code == 405
    assert AgentSession.objects.filter(pk="s_agent").exists()
    assert not Event.objects.exists()


def test_names_are_each_user_s_own() -> None:
    one, other = Program("one"), Program("other")
    assert one.ask("PUT", "mine", b"[1]").status_code == 201
    assert other.ask("GET", "mine").status_code == 404
    assert other.ask("PUT", "mine", b"[2]").status_code == 201
    assert one.ask("GET", "mine").content == b"[1]"
    session = DurableStream.objects.get(owner=one.user).session_id
    for method in ("GET", "HEAD", "POST", "DELETE"):
        assert other.ask(method, session, b"3").status_code == 404
    assert one.ask("GET", session).content == b"[1]"


def test_scopes_and_roles_hold_for_each_method() -> None:
    reader = Program("reader", Scope.READ)
    whole = issue(reader.user, "all", set(Scope), None)
    assert reader.ask("PUT", "x", b"[]").status_code == 403
    reader.token, only = whole, reader.token
    assert reader.ask("PUT", "x", b"[]").status_code == 201
    reader.token = only
    assert reader.ask("GET", "x").status_code == 200
    assert reader.ask("POST", "x", b"1").status_code == 403
    assert reader.ask("DELETE", "x").status_code == 403
    viewer = Program("viewer")
    assign(viewer.user, Role.VIEWER)
    assert viewer.ask("PUT", "x", b"[]").status_code == 403


def test_late_request_of_an_earlier_epoch_writes_nothing() -> None:
    program = Program("p")
    program.ask("PUT", "x", b"[]")

    def send(epoch: int, seq: int, body: bytes) -> int:
        answer = program.ask(
            "POST",
            "x",
            body,
            producer_id="writer",
            producer_epoch=str(epoch),
            producer_seq=str(seq),
        )
        return int(answer.status_code)

    assert [send(0, 0, b'"a"'), send(0, 0, b'"a"'), send(1, 0, b'"b"')] == [
        200, 204, 200,
    ]  # fmt: skip
    assert send(0, 1, b'"late"') == 403
    assert send(1, 2, b'"early"') == 409
    assert program.ask("GET", "x").json() == ["a", "b"]


def test_request_that_fails_in_its_midst_leaves_nothing() -> None:
    program = Program("p")
    program.ask("PUT", "x", b"[]")
    large = json.dumps(["ok", "x" * 300_000]).encode()
    told = {"producer_id": "w", "producer_epoch": "0", "producer_seq": "0"}
    assert program.ask("POST", "x", large, **told).status_code == 413
    assert program.ask("GET", "x").json() == []
    assert program.ask("POST", "x", b"1", **told).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b'1,"ts":5', b"[1 2]", b"1e999", b"[]"])
def test_body_that_is_no_json_is_refused_with_a_sentence(body: bytes) -> None:
    program = Program("p")
    program.ask("PUT", "x", b"[]")
    answer = program.ask("POST", "x", body)
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert program.ask("GET", "x").json() == []


def test_numbers_are_read_back_as_they_were_written() -> None:
    program = Program("p")
    written = b'[{"n":1e3,"big":123456789012345678901234567890,"x":0.10}]'
    program.ask("PUT", "x", written)
    assert program.ask("GET", "x").content == written


def test_secrets_in_json_and_text_are_stars() -> None:
    program = Program("p")
    program.ask("PUT", "j", json.dumps([{"key": SECRET}]).encode())
    program.ask("PUT", "t", f"key: {SECRET}".encode(), type="text/plain")
    for name in ("j", "t"):
        read = program.ask("GET", name).content.decode()
        assert SECRET not in read
        assert "****" in read
    assert not Event.objects.filter(data__contains=SECRET).exists()


def test_stream_is_a_session_that_runs_until_it_is_closed() -> None:
    program = Program("p")
    program.ask("PUT", "builds/42", b"[1]")
    session = DurableStream.objects.get(name="builds/42").session
    assert (session.title, session.status) == ("builds/42", "running")
    program.ask("POST", "builds/42", b"", stream_closed="true")
    session.refresh_from_db()
    assert session.status == "completed"
    assert program.ask("POST", "builds/42", b"2").status_code == 409
    assert program.ask("DELETE", "builds/42").status_code == 204
    assert not AgentSession.objects.exists()
    assert not Event.objects.exists()
