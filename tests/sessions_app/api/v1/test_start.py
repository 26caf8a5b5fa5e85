from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.models import AgentSession
from sessions_app.people.api_tokens import Scope, issue
from tests.sessions_app.answer import Answer

KEY = "s_abcdefabcdef"


@pytest.fixture(autouse=True)
def _simulated(settings: LazySettings) -> None:
    settings.RINGSIDE_SIMULATE = True


def post(user: User, body: dict[str, Any], *scopes: Scope, key: str = "") -> Answer:
    token = issue(user, "t", set(scopes), None)
    headers = {"Authorization": f"Bearer {token}"}
    if key:
        headers["Idempotency-Key"] = key
    return Client().post(
        "/api/v1/sessions", body, content_type="application/json", headers=headers
    )


def test_session_is_queued_as_from_the_page(alice: User) -> None:
    answer = post(alice, {"prompt": "Tidy up\nplease"}, Scope.START)
    assert answer.status_code == 201
    session = AgentSession.objects.get(pk=answer.json()["id"])
    assert (session.title, session.owner, session.status) == (
        "Tidy up",
        alice,
        "queued",
    )


def test_same_key_starts_one_session(alice: User) -> None:
    first = post(alice, {"prompt": "Go"}, Scope.START, key=KEY)
    again = post(alice, {"prompt": "Go"}, Scope.START, key=KEY)
    assert (first.json()["id"], again.json()["id"]) == (KEY, KEY)
    assert AgentSession.objects.count() == 1


def test_token_without_the_scope_starts_nothing(alice: User) -> None:
    answer = post(alice, {"prompt": "Go"}, Scope.READ, Scope.CONTROL)
    assert (answer.status_code, AgentSession.objects.count()) == (403, 0)
    assert "start" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "prompt"),
        ({"prompt": " "}, "prompt"),
        ({"prompt": "Go", "budget_usd": -1}, "budget_usd"),
        ({"prompt": "Go", "effort": "much"}, "effort"),
    ],
)
def test_wrong_value_is_named(alice: User, body: dict[str, Any], told: str) -> None:
    answer = post(alice, body, Scope.START)
    assert (answer.status_code, AgentSession.objects.count()) == (422, 0)
    assert told in answer.json()["detail"]
