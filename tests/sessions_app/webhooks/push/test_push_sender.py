"""From the log to a push service and a browser that can read what came there."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from sessions_app.models import (
    AgentSession,
    Command,
    MutedSession,
    NotificationChoices,
    PushSubscription,
    WebhookDelivery,
    WebhookEndpoint,
    WebProcess,
)
from sessions_app.protocol.events import ApprovalRequest, Status
from sessions_app.protocol.status import SessionStatus
from sessions_app.webhooks.push.browsers import choose
from tests.servers.process import until as wait
from tests.sessions_app.conftest import signed_in
from tests.sessions_app.logbook import elsewhere, held_session, until, write_log
from tests.sessions_app.webhooks.push.push_browser import AGENT, PushBrowser, judged
from tests.sessions_app.webhooks.receiver import Receiver
from tests.sessions_app.webhooks.test_sender import (
    BUSY,
    DONE,
    LONG_AGO,
    person,
    sending,
    settled,
)

pytestmark = pytest.mark.usefixtures("transactional_db")
CALL = ApprovalRequest(
    tool_use_id="t", tool="bash", input={"command": "git push"}, reason="it writes"
)
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\n\r\n"


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.WEBHOOK_ALLOWED = [ip_network("127.0.0.1")]
    settings.WEBHOOK_INTERVAL_S = 0.02
    settings.WEBHOOK_RETRY_S = (0, 0, 0)
    settings.PUSH_LOOKED_AT_S = 0.2


class Listener:
    """Alice, her signed-in browser, and her session, which this process holds."""

    def __init__(self, url: str) -> None:
        self.user: User = person()
        self.browser = PushBrowser()
        self.client: Client = signed_in(self.user)
        answer = self.client.put(
            "/notifications/browser",
            self.browser.subscription(url),
            content_type="application/json",
            headers={"User-Agent": AGENT},
        )
        assert answer.status_code == 200, answer.content
        WebhookEndpoint.objects.update(created_at=LONG_AGO)
        title = "Tidy up, sk-ant-api03-" + "x" * 93 + "AA"
        self.session: AgentSession = held_session(
            id="s_push", title=title, owner=self.user, status="waiting"
        )

    def press(self, told: dict[str, Any], verdict: str) -> Any:
        return self.client.post(
            "/notifications/answer",
            {"token": told["token"], "verdict": verdict},
            content_type="application/json",
        )


async def listener(receiver: Receiver) -> Listener:
    receiver.judge = judged
    return await elsewhere(Listener, receiver.url)


async def test_browser_reads_what_waits_and_answers_it() -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        await elsewhere(write_log, alice.session, CALL)
        async with sending(2):
            await settled()
        (taken,) = receiver.taken
        assert taken.headers["urgency"] == "high"
        told = alice.browser.read(taken)
        assert told["text"] == "bash: git push"
        assert (told["path"], told["answers"]) == (
            "/sessions/s_push/",
            ["approve", "deny"],
        )
        assert told["title"].startswith("Tidy up, sk-ant-****")
        answer = await elsewhere(alice.press, told, "approve")
        assert answer.status_code == 204, answer.content
        row = await elsewhere(Command.objects.get)
        assert (row.type, row.by_id, row.tool_use_id) == ("approve", alice.user.pk, "t")
        assert row.key.startswith("push-")


async def test_what_is_done_is_told_without_buttons() -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        detail = "Prompt text that a notification does not repeat"
        done = Status(status=SessionStatus.COMPLETED, detail=detail)
        await elsewhere(write_log, alice.session, done)
        async with sending():
            await settled()
        told = alice.browser.read(receiver.taken[0])
        assert "answers" not in told
        assert detail not in str(told)


async def test_service_that_is_busy_is_asked_again() -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        receiver.judge = lambda taken: (
            BUSY if len(receiver.taken) < 3 else judged(taken)
        )
        await elsewhere(write_log, alice.session, DONE)
        async with sending():
            await settled()
        assert len(receiver.taken) == 3
        delivery = await elsewhere(WebhookDelivery.objects.get)
        assert (delivery.outcome, delivery.attempts) == ("201", 3)


@pytest.mark.parametrize("gone", [b"HTTP/1.1 410 Gone\r\n\r\n", NOT_FOUND])
async def test_subscription_that_is_gone_is_removed(gone: bytes) -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        receiver.judge = lambda taken: gone
        await elsewhere(write_log, alice.session, DONE)
        async with sending():
            await elsewhere(until_gone)
    assert len(receiver.taken) == 1


def until_gone() -> None:
    wait(lambda: not PushSubscription.objects.exists())
    assert not WebhookEndpoint.objects.exists()


async def test_restart_in_mid_delivery_loses_nothing(settings: LazySettings) -> None:
    settings.WEBHOOK_LEASE_S = 0.2
    async with Receiver() as receiver:
        alice = await listener(receiver)
        receiver.judge = lambda taken: b""  # the service takes it, and says nothing
        await elsewhere(write_log, alice.session, CALL)
        async with sending():
            await until(lambda: receiver.taken)
        receiver.judge = judged
        async with sending():
            await settled()
        assert len(receiver.taken) == 2
        told = [alice.browser.read(one)["text"] for one in receiver.taken]
        assert told == ["bash: git push"] * 2


async def test_private_address_that_a_browser_names_is_refused(
    settings: LazySettings,
) -> None:
    settings.WEBHOOK_ALLOWED = []
    async with Receiver() as receiver:
        client = await elsewhere(lambda: signed_in(person()))
        for url in (receiver.url, "https://169.254.169.254/latest", "ftp://a.example/"):
            answer = await elsewhere(
                client.put,
                "/notifications/browser",
                PushBrowser().subscription(url),
                content_type="application/json",
            )
            assert answer.status_code == 422, url
        assert not receiver.taken
    assert not await elsewhere(WebhookEndpoint.objects.exists)


async def test_signed_out_browser_is_told_nothing() -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        await elsewhere(alice.client.post, "/signout/")
        await elsewhere(write_log, alice.session, CALL)
        async with sending():
            await elsewhere(until_gone)
    assert not receiver.taken


async def test_another_password_ends_it() -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        alice.user.set_password("another, which is long enough")
        await elsewhere(alice.user.save)
        await elsewhere(write_log, alice.session, CALL)
        async with sending():
            await elsewhere(until_gone)
    assert not receiver.taken


async def test_muted_session_is_quiet_with_its_sub_agents() -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        await elsewhere(
            MutedSession.objects.create, user=alice.user, session=alice.session
        )
        child = await elsewhere(
            held_session, id="s_child", parent=alice.session, owner_id=alice.user.pk
        )
        await elsewhere(write_log, alice.session, CALL)
        await elsewhere(write_log, child, CALL)
        async with sending():
            await settled()
    assert not receiver.taken
    outcomes = await elsewhere(
        lambda: list(WebhookDelivery.objects.values_list("outcome", flat=True))
    )
    assert outcomes == ["muted", "muted"]


async def test_kind_that_is_not_chosen_is_not_told() -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        chosen = NotificationChoices(user=alice.user, occasions="failed")
        await elsewhere(choose, chosen)
        await elsewhere(write_log, alice.session, CALL, DONE)
        failed = Status(status=SessionStatus.FAILED)
        await elsewhere(write_log, alice.session, failed)
        async with sending():
            await settled()
        (taken,) = receiver.taken
        assert "has failed" in alice.browser.read(taken)["title"]


async def test_quiet_hours_put_off_what_waits_and_drop_what_is_done() -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        now = timezone.now()
        quiet = NotificationChoices(
            user=alice.user,
            quiet_from=(now - timedelta(hours=1)).time(),
            quiet_until=(now + timedelta(hours=1)).time(),
        )
        await elsewhere(choose, quiet)
        await elsewhere(write_log, alice.session, CALL, DONE)

        def is_quiet() -> bool:
            rows = WebhookDelivery.objects.filter(outcome="in quiet hours")
            return rows.count() == 2

        async with sending():
            await elsewhere(wait, is_quiet)
        waiting = await elsewhere(WebhookDelivery.objects.get, occasion="waiting")
        done = await elsewhere(WebhookDelivery.objects.get, occasion="done")
        assert done.due_at is None
        assert waiting.due_at is not None
        assert timedelta() < waiting.due_at - now <= timedelta(hours=1)
        assert waiting.attempts == 0
    assert not receiver.taken


async def test_page_that_is_looked_at_keeps_quiet_until_nobody_looks() -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        looking = await elsewhere(look, alice.user.pk, ["s_push"])
        await elsewhere(write_log, alice.session, CALL, DONE)

        def is_put_off() -> bool:
            done = WebhookDelivery.objects.filter(occasion="done", due_at=None)
            return done.filter(outcome="looked at").exists()

        async with sending():
            await elsewhere(wait, is_put_off)
            assert not receiver.taken
            await elsewhere(looking.delete)
            await settled()
        (taken,) = receiver.taken  # what still waits, and not that it is done
        assert alice.browser.read(taken)["text"] == "bash: git push"


def look(user: int, sessions: list[str]) -> WebProcess:
    return WebProcess.objects.create(
        name="w", host="h", pid=1, viewers={}, looked_at={str(user): sessions}
    )


async def test_call_that_was_answered_meanwhile_is_not_told() -> None:
    async with Receiver() as receiver:
        alice = await listener(receiver)
        await elsewhere(write_log, alice.session, CALL)
        await elsewhere(
            Command.objects.create,
            session=alice.session,
            key="k",
            type="deny",
            data="{}",
            tool_use_id="t",
        )
        async with sending():
            await settled()
    assert not receiver.taken
