from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.models import WebhookDelivery, WebhookEndpoint
from sessions_app.people.api_tokens import Scope, issue
from sessions_app.webhooks.target import WebhookTarget
from tests.sessions_app.answer import Answer
from tests.sessions_app.logbook import held_session

URL = "https://hooks.example.com/services/secret-path"


class Caller:
    """Somebody at the API, with a token of these scopes."""

    def __init__(self, user: User, *scopes: Scope) -> None:
        token = issue(user, "t", set(scopes or Scope), None)
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Answer:
        return Client().get(f"/api/v1/{path}", headers=self._headers)

    def delete(self, path: str) -> Answer:
        return Client().delete(f"/api/v1/{path}", headers=self._headers)

    def post(self, path: str, **body: Any) -> Answer:
        return Client().post(
            f"/api/v1/{path}",
            body,
            content_type="application/json",
            headers=self._headers,
        )


def test_secret_is_shown_once_and_the_url_never_again(alice: User) -> None:
    api = Caller(alice)
    made = api.post("webhooks", url=URL)
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    listed = api.get("webhooks")
    (row,) = listed.json()["webhooks"]
    assert (row["host"], row["occasions"]) == (
        "hooks.example.com",
        ["waiting", "done", "failed", "budget"],
    )
    assert "secret" not in listed.content.decode()
    stored = WebhookEndpoint.objects.get()
    assert b"secret-path" not in bytes(stored.sealed)
    assert WebhookTarget.of(stored) == WebhookTarget(URL, secret)


def test_webhook_is_its_owners_alone(alice: User, bob: User) -> None:
    made = Caller(alice).post("webhooks", url=URL).json()["id"]
    other = Caller(bob)
    assert other.get("webhooks").json() == {"webhooks": []}
    assert other.get(f"webhooks/{made}/deliveries").status_code == 404
    assert other.delete(f"webhooks/{made}").status_code == 404
    assert Caller(alice).delete(f"webhooks/{made}").status_code == 204
    assert not WebhookEndpoint.objects.exists()


def test_token_needs_the_scope(alice: User) -> None:
    api = Caller(alice, Scope.READ, Scope.CONTROL, Scope.START)
    assert api.post("webhooks", url=URL).status_code == 403
    assert api.get("webhooks").status_code == 403


def test_delivery_is_listed_and_sent_again(alice: User) -> None:
    api = Caller(alice)
    made = api.post("webhooks", url=URL).json()["id"]
    row = WebhookDelivery.objects.create(
        endpoint_id=made, session=held_session(), seq=3, occasion="done", attempts=9
    )
    (listed,) = api.get(f"webhooks/{made}/deliveries").json()["deliveries"]
    assert (listed["message"], listed["due_at"]) == (row.message_id, None)
    again = api.post(f"webhooks/{made}/deliveries/{row.pk}/replay")
    assert again.status_code == 202
    row.refresh_from_db()
    assert (row.due_at is not None, row.attempts) == (True, 0)
    assert api.post(f"webhooks/{made}/deliveries/999/replay").status_code == 404


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"url": "ftp://a.example/"}, "url"),
        ({"url": URL, "occasions": []}, "occasions"),
        ({"url": URL, "template": "fax"}, "template"),
        ({"url": "", "template": "email"}, "address of your account"),
    ],
)
def test_what_is_wrong_is_said(alice: User, body: dict[str, Any], told: str) -> None:
    answer = Caller(alice).post("webhooks", **body)
    assert (answer.status_code, told in answer.json()["detail"]) == (422, True)
