"""What holds for every operation of the description that takes a body."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.api.v1.api import api
from sessions_app.models import AgentSession, Command
from sessions_app.people.api_tokens import Scope, issue
from tests.sessions_app.logbook import held_session

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"
KEY = "Idempotency-Key"
ONE, NEW = "s_abcdefghijkl", "s_zyxwvutsrqpo"  # NEW is a key of every pattern
# Bodies with which an operation does something; one that is new needs its own here.
BODIES: dict[str, dict[str, Any]] = {
    "send_command": {"type": "prompt", "text": "Go"},
    "start_session": {"prompt": "Go"},
    "add_webhook": {"url": "https://example.org/hook"},
    "run_session": {
        "threadId": ONE,
        "runId": "r",
        "messages": [{"id": "m1", "role": "user", "content": "Go"}],
    },
    "run_thread": {
        "threadId": "mine",
        "runId": "r",
        "messages": [{"id": "m1", "role": "user", "content": "Go"}],
    },
}
WRITES = [
    (method, path, operation)
    for path, operations in json.loads(json.dumps(api.get_openapi_schema()))[
        "paths"
    ].items()
    for method, operation in operations.items()
    if "requestBody" in operation
]
# A webhook's secret is shown once, so a lost answer cannot be told again: whoever asks
# twice has two webhooks, and can delete one.
NOT_COUNTED = {"add_webhook"}
COUNTED = [write for write in WRITES if write[2]["operationId"] not in NOT_COUNTED]


def each(writes: list[tuple[str, str, dict[str, Any]]]) -> pytest.MarkDecorator:
    ids = [operation["operationId"] for _, _, operation in writes]
    return pytest.mark.parametrize(("method", "path", "operation"), writes, ids=ids)


@pytest.fixture
def token() -> str:
    root = User.objects.create_superuser("root")
    held_session(id=ONE, owner=root)
    return issue(root, "t", set(Scope), None)


def send(method: str, path: str, token: str, body: Any) -> Any:
    return getattr(Client(), method)(
        path.replace("{session_id}", ONE),
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", KEY: NEW},
    )


@each(COUNTED)
def test_write_that_is_sent_twice_counts_once(
    token: str, method: str, path: str, operation: dict[str, Any]
) -> None:
    body = BODIES[operation["operationId"]]
    first = send(method, path, token, body)
    assert first.status_code < 300, first.content
    stored = AgentSession.objects.count() + Command.objects.count()
    assert stored == 2
    again = send(method, path, token, body)
    assert again.status_code == first.status_code
    assert AgentSession.objects.count() + Command.objects.count() == stored


def test_answer_to_what_nobody_asked_is_a_problem(token: str) -> None:
    path = "/api/v1/sessions/{session_id}/commands"
    refused = send("post", path, token, {"type": "approve", "toolUseId": "toolu_none"})
    assert (refused.status_code, refused.headers["Content-Type"]) == (409, PROBLEM)
    assert "waits for an answer" in refused.json()["detail"]
    assert not Command.objects.exists()


@each(WRITES)
def test_refusal_of_a_write_is_a_problem_document(
    token: str, method: str, path: str, operation: dict[str, Any]
) -> None:
    body = BODIES[operation["operationId"]]
    for asked, told in (
        (send(method, path, "ringside_wrong", body), {401}),
        (send(method, path, token, "no JSON"), {400, 422}),
        (send(method, path, token, []), {400, 422}),
        (send(method, path, token, {"type": 1, "prompt": []}), {400, 422}),
        (send(method, path, token, {"x": "x" * 3_000_000}), {400, 413, 422}),
    ):
        assert asked.status_code in told, asked.content
        assert str(asked.status_code) in operation["responses"]
        assert asked.headers["Content-Type"] == PROBLEM
        details = asked.json()
        assert details["status"] == asked.status_code
        assert details["detail"]
