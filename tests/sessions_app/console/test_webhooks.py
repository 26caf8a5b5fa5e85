import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.models import WebhookDelivery, WebhookEndpoint
from sessions_app.webhooks.endpoints import add_endpoint
from sessions_app.webhooks.occasion import Occasion
from tests.sessions_app.logbook import held_session

ENDPOINTS = "/admin/sessions_app/webhookendpoint/"
LOG = "/admin/sessions_app/webhookdelivery/"
URL = "https://hooks.example.com/secret-path"


@pytest.fixture
def endpoint(alice: User) -> WebhookEndpoint:
    found, _ = add_endpoint(alice, "slack", URL, list(Occasion), of_all=True)
    return found


@pytest.fixture
def given_up(endpoint: WebhookEndpoint) -> WebhookDelivery:
    return WebhookDelivery.objects.create(
        endpoint=endpoint,
        session=held_session(id="s_one", title="secret title"),
        seq=3,
        occasion="done",
        attempts=10,
        outcome="answered 503",
    )


def test_admin_sees_all_webhooks_and_no_secret(
    as_root: Client, endpoint: WebhookEndpoint
) -> None:
    for path in (ENDPOINTS, f"{ENDPOINTS}{endpoint.pk}/change/"):
        page = as_root.get(path).content.decode()
        assert "hooks.example.com" in page
        assert "secret-path" not in page
    assert as_root.get(f"{ENDPOINTS}add/").status_code == 403


def test_log_says_what_came_of_each_message(
    as_root: Client, endpoint: WebhookEndpoint, given_up: WebhookDelivery
) -> None:
    other, _ = add_endpoint(endpoint.owner, "ntfy", URL, [Occasion.DONE], of_all=False)
    told = f"{LOG}?endpoint={endpoint.pk}"
    assert told in as_root.get(ENDPOINTS).content.decode()
    page = as_root.get(told).content.decode()
    assert given_up.message_id in page
    assert "answered 503" in page
    assert "secret title" not in page
    empty = as_root.get(f"{LOG}?endpoint={other.pk}").content.decode()
    assert given_up.message_id not in empty
    one = as_root.get(f"{LOG}{given_up.pk}/change/")
    assert "answered 503" in one.content.decode()


def test_admin_sends_again_what_was_given_up(
    as_root: Client, given_up: WebhookDelivery
) -> None:
    body = {"action": "send_again", "_selected_action": [given_up.pk]}
    page = as_root.post(LOG, body, follow=True)
    assert "1 deliveries are sent again" in page.content.decode()
    given_up.refresh_from_db()
    assert given_up.due_at is not None
    assert (given_up.attempts, given_up.delivered_at) == (0, None)


def test_admin_deletes_a_webhook_with_its_log(
    as_root: Client, endpoint: WebhookEndpoint, given_up: WebhookDelivery
) -> None:
    path = f"{ENDPOINTS}{endpoint.pk}/delete/"
    asked = as_root.get(path)
    assert asked.status_code == 200
    assert as_root.post(path, {"post": "yes"}).status_code == 302
    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_log_is_for_admins_and_nobody_rewrites_it(
    as_alice: Client, as_root: Client, given_up: WebhookDelivery
) -> None:
    for path in (ENDPOINTS, LOG):
        assert as_alice.get(path).status_code == 302
    change = as_root.post(f"{LOG}{given_up.pk}/change/", {"outcome": "204"})
    assert change.status_code == 403
    assert as_root.post(f"{LOG}{given_up.pk}/delete/").status_code == 403
