import asyncio
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from sessions_app.models import (
    AgentSession,
    MutedSession,
    NotificationChoices,
    PushSubscription,
    WebhookEndpoint,
)
from sessions_app.webhooks.push.browsers import add_browser
from sessions_app.webhooks.push.push_target import PushTarget
from sessions_app.webhooks.push.vapid import public_key, vapid_headers
from sessions_app.webhooks.target import BadTarget
from tests.sessions_app.answer import Answer
from tests.sessions_app.webhooks.push.push_browser import AGENT, PushBrowser, raw

URL = "http://127.0.0.1:9/push/secret-path"


@pytest.fixture(autouse=True)
def _to_the_loopback(settings: LazySettings) -> None:
    settings.WEBHOOK_ALLOWED = [ip_network("127.0.0.1")]


def subscribe(client: Client, browser: PushBrowser, url: str = URL) -> Answer:
    return client.put(
        "/notifications/browser",
        browser.subscription(url),
        content_type="application/json",
        headers={"User-Agent": AGENT},
    )


def test_browser_is_listed_removed_and_its_address_is_in_no_clear(
    as_alice: Client, as_bob: Client
) -> None:
    browser = PushBrowser()
    assert subscribe(as_alice, browser).json() == {"browser": "Chrome on Linux"}
    assert subscribe(as_alice, browser).status_code == 200
    (row,) = PushSubscription.objects.all()
    assert b"secret-path" not in bytes(row.endpoint.sealed)
    page = as_alice.get("/notifications/").content.decode()
    assert "Chrome on Linux" in page
    assert "secret-path" not in page
    as_bob.post("/notifications/", {"remove": str(row.pk)})
    assert PushSubscription.objects.exists()
    as_alice.post("/notifications/", {"remove": str(row.pk)})
    assert not WebhookEndpoint.objects.exists()


def test_browser_is_whose_it_is_signed_in_as(
    as_alice: Client, bob: User, as_bob: Client
) -> None:
    """Two people at one computer: the browser names the same address for both."""
    browser = PushBrowser()
    subscribe(as_alice, browser)
    subscribe(as_bob, browser)
    (row,) = PushSubscription.objects.all()
    assert row.endpoint.owner == bob
    gone = as_alice.delete(
        "/notifications/browser",
        browser.subscription(URL),
        content_type="application/json",
    )
    assert gone.status_code == 204
    assert PushSubscription.objects.exists()


def test_number_of_browsers_has_a_limit(
    as_alice: Client, settings: LazySettings
) -> None:
    settings.PUSH_BROWSERS_MAX = 1
    assert subscribe(as_alice, PushBrowser()).status_code == 200
    refused = subscribe(as_alice, PushBrowser(), f"{URL}2")
    assert (refused.status_code, "remove one" in refused.json()["error"]) == (422, True)


@pytest.mark.parametrize("keys", [{}, {"p256dh": "AAAA", "auth": "AAAA"}])
def test_subscription_without_good_keys_is_refused(
    as_alice: Client, keys: dict[str, str]
) -> None:
    answer = as_alice.put(
        "/notifications/browser",
        {"endpoint": URL, "keys": keys},
        content_type="application/json",
    )
    assert answer.status_code in {400, 422}
    assert "keys" in answer.json()["error"] or "p256dh" in answer.json()["error"]


def test_choices_are_kept_and_applied_to_all_browsers(
    alice: User, as_alice: Client
) -> None:
    subscribe(as_alice, PushBrowser())
    chosen = {
        "occasions": ["waiting", "failed"],
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "time_zone": "Europe/Paris",
    }
    assert as_alice.post("/notifications/", chosen).status_code == 302
    kept = NotificationChoices.objects.get(user=alice)
    assert (kept.occasions, kept.time_zone) == ("waiting failed", "Europe/Paris")
    assert WebhookEndpoint.objects.get().occasions == "waiting failed"
    page = as_alice.get("/notifications/").content.decode()
    assert 'value="22:00"' in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"time_zone": "Mars/Olympus"}, "Choose one of the list"),
        ({"time_zone": "UTC", "quiet_from": "22:00"}, "Give both times"),
    ],
)
def test_choice_that_is_wrong_is_said(
    as_alice: Client, wrong: dict[str, str], told: str
) -> None:
    answer = as_alice.post("/notifications/", wrong)
    assert (answer.status_code, told in answer.content.decode()) == (422, True)
    assert not NotificationChoices.objects.exists()


def test_muted_session_is_listed_and_unmuted(
    alice: User, as_alice: Client, session: AgentSession
) -> None:
    MutedSession.objects.create(user=alice, session=session)
    assert "Unmute Tidy up" in as_alice.get("/notifications/").content.decode()
    as_alice.post("/notifications/", {"unmute": session.pk})
    assert not MutedSession.objects.exists()


def test_key_is_private_and_is_rotated_by_a_command(
    as_alice: Client, settings: LazySettings, tmp_path: Path
) -> None:
    before = public_key()
    assert settings.VAPID_KEY_FILE.stat().st_mode & 0o777 == 0o600
    kept = tmp_path / "vapid_key"
    kept.write_text(settings.VAPID_KEY_FILE.read_text())
    settings.VAPID_KEY_FILE = kept
    subscribe(as_alice, PushBrowser())
    call_command("vapid", "rotate")
    assert public_key() != before
    assert len(raw(public_key())) == 65
    assert kept.stat().st_mode & 0o777 == 0o600
    assert not WebhookEndpoint.objects.exists()
    told = as_alice.get("/notifications/browser").json()
    assert told == {"publicKey": public_key()}
    settings.VAPID_PRIVATE_KEY = kept.read_text()
    with pytest.raises(CommandError, match="VAPID_PRIVATE_KEY"):
        call_command("vapid", "rotate")


@pytest.mark.parametrize(
    "origin",
    [
        "https://ringside.example.com",
        "https://ringside.example.com:8443",
        "https://intranet",
        "https://[2001:db8::1]",
    ],
)
def test_push_services_are_told_of_any_installation(
    settings: LazySettings, origin: str
) -> None:
    settings.HTTPS = True
    settings.ALLOWED_HOSTS = [urlsplit(origin).hostname]
    settings.CSRF_TRUSTED_ORIGINS = [origin]
    assert "Authorization" in vapid_headers("https://push.example/x")


def test_service_whose_address_fits_no_header_is_refused() -> None:
    with pytest.raises(BadTarget, match="VAPID"):
        vapid_headers("https://[2001:4860::1]/x")


def test_name_that_nobody_answers_for_keeps_nobody_waiting(
    alice: User, settings: LazySettings
) -> None:
    settings.WEBHOOK_CONNECT_MAX_S = 0.01
    keys = PushBrowser().subscription(URL)["keys"]

    async def never(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(BadTarget, match="not answered for"):
        add_browser(alice, PushTarget(URL, **keys), None, AGENT, never)
    assert not WebhookEndpoint.objects.exists()
