"""From the log to a real receiver, and what happens on the way."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone
from standardwebhooks import Webhook

from sessions_app.log.database.reader import Reader
from sessions_app.models import (
    AgentSession,
    Share,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookProgress,
)
from sessions_app.people.roles import Role, assign
from sessions_app.protocol.events import AgentSpawn, ApprovalRequest, Status, Text
from sessions_app.protocol.status import SessionStatus
from sessions_app.webhooks.endpoints import add_endpoint
from sessions_app.webhooks.news import take_news
from sessions_app.webhooks.occasion import Occasion
from sessions_app.webhooks.outbox import replay
from sessions_app.webhooks.sender import WebhookSender
from tests.servers import process
from tests.sessions_app.logbook import elsewhere, held_session, until, write_log
from tests.sessions_app.webhooks.receiver import OK, Receiver

pytestmark = pytest.mark.usefixtures("transactional_db")
BUSY = b"HTTP/1.1 503 Busy\r\n\r\n"
GONE = b"HTTP/1.1 410 Gone\r\n\r\n"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # when the events of these tests were
ASK = ApprovalRequest(tool_use_id="t", tool="bash", input={}, reason="it writes")
DONE = Status(status=SessionStatus.COMPLETED)
BUDGET = ApprovalRequest(tool_use_id="b", tool="budget", input={}, reason="spent")


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.WEBHOOK_ALLOWED = [ip_network("127.0.0.1")]
    settings.WEBHOOK_INTERVAL_S = 0.02
    settings.WEBHOOK_RETRY_S = (0, 0, 0)


@asynccontextmanager
async def sending(count: int = 1) -> AsyncIterator[None]:
    """Run senders, as so many web processes do."""
    readers = [Reader(1) for _ in range(count)]
    tasks = [asyncio.create_task(WebhookSender(one).run()) for one in readers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} == {asyncio.CancelledError}, ends
        for reader in readers:
            await reader.close()


def person(name: str = "alice") -> User:
    user = User.objects.create_user(name, email=f"{name}@example.com")
    assign(user, Role.OPERATOR)
    return user


def told(
    url: str, user: User | None = None, *, of_all: bool = False
) -> tuple[AgentSession, str]:
    """Make a session, and an endpoint of its owner's; return it and the secret."""
    owner = user or person()
    endpoint, secret = add_endpoint(
        owner, "standard", url, list(Occasion), of_all=of_all
    )
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(created_at=LONG_AGO)
    return held_session(id="s_told", title="Tidy <up>", owner=owner), secret


def is_settled() -> bool:
    """Whether no delivery is to be sent any more, and there was one."""
    rows = WebhookDelivery.objects.all()
    return rows.exists() and not rows.filter(due_at__isnull=False).exists()


async def settled() -> None:
    await elsewhere(process.until, is_settled, 30)


async def test_each_occasion_is_told_once_and_signed() -> None:
    async with Receiver() as receiver:
        session, secret = await elsewhere(told, receiver.url)
        child = await elsewhere(
            held_session, id="s_child", parent=session, owner_id=session.owner_id
        )
        spawn = AgentSpawn(child_id="s_child", task="x", tool_use_id="a")
        await elsewhere(
            write_log, session, Text(block="m", text="x"), spawn, ASK, BUDGET, DONE
        )
        await elsewhere(write_log, child, ASK, DONE)
        async with sending(3):
            await until(lambda: len(receiver.taken) == 4)
            await settled()
        await asyncio.sleep(0.1)
    bodies = [json.loads(one.body) for one in receiver.taken]
    found = sorted((one["data"]["session"], one["type"]) for one in bodies)
    assert found == [
        ("s_child", "session.waiting"),
        ("s_told", "session.budget"),
        ("s_told", "session.done"),
        ("s_told", "session.waiting"),
    ]
    assert len({one.headers["webhook-id"] for one in receiver.taken}) == 4
    for one in receiver.taken:
        Webhook(secret).verify(one.body, one.headers)


async def test_receiver_that_fails_is_told_again_under_the_same_id() -> None:
    async with Receiver([BUSY, BUSY, OK]) as receiver:
        session, _ = await elsewhere(told, receiver.url)
        await elsewhere(write_log, session, DONE)
        async with sending():
            await settled()
    assert len({one.headers["webhook-id"] for one in receiver.taken}) == 1
    delivery = await elsewhere(WebhookDelivery.objects.get)
    assert (delivery.attempts, delivery.outcome) == (3, "204")
    assert delivery.delivered_at is not None


async def test_receiver_that_always_fails_is_given_up_and_can_be_told_again() -> None:
    async with Receiver([BUSY]) as receiver:
        session, _ = await elsewhere(told, receiver.url)
        await elsewhere(write_log, session, DONE)
        async with sending():
            await settled()
            delivery = await elsewhere(WebhookDelivery.objects.get)
            assert (delivery.attempts, delivery.delivered_at) == (4, None)
            assert delivery.outcome == "answered 503"
            receiver.answers = [OK]
            await elsewhere(replay, [delivery.pk])
            await settled()
        delivery = await elsewhere(WebhookDelivery.objects.get)
    assert delivery.delivered_at is not None
    assert len({one.headers["webhook-id"] for one in receiver.taken}) == 1


async def test_receiver_that_is_gone_is_left_alone() -> None:
    async with Receiver([GONE]) as receiver:
        session, _ = await elsewhere(told, receiver.url)
        await elsewhere(write_log, session, DONE)
        async with sending():
            await settled()
        assert len(receiver.taken) == 1
    assert (await elsewhere(WebhookEndpoint.objects.get)).gone_at is not None


async def test_slow_receiver_holds_nobody_else_up() -> None:
    async with Receiver([b""]) as slow, Receiver() as quick:
        user = await elsewhere(person)
        session, _ = await elsewhere(told, slow.url, user)
        await elsewhere(
            add_endpoint, user, "standard", quick.url, list(Occasion), of_all=False
        )
        await elsewhere(WebhookEndpoint.objects.update, created_at=LONG_AGO)
        await elsewhere(write_log, session, ASK, BUDGET, DONE)
        async with sending():
            await until(lambda: len(quick.taken) == 3)
        assert len(slow.taken) == 1


async def test_process_that_dies_while_it_sends_loses_nothing(
    settings: LazySettings,
) -> None:
    """The message is sent again once the lease of the dead one is over."""
    settings.WEBHOOK_LEASE_S = 0.2
    async with Receiver([b"", OK]) as receiver:
        session, _ = await elsewhere(told, receiver.url)
        await elsewhere(write_log, session, DONE)
        async with sending():
            await until(lambda: receiver.taken)
        async with sending():
            await settled()
    assert len(receiver.taken) == 2
    assert len({one.headers["webhook-id"] for one in receiver.taken}) == 1


async def test_who_may_not_see_a_session_any_more_is_not_told() -> None:
    async with Receiver() as receiver:
        bob = await elsewhere(person, "bob")
        session, _ = await elsewhere(told, receiver.url, bob, of_all=True)
        await elsewhere(AgentSession.objects.update, owner=None)
        await elsewhere(Share.objects.create, session=session, user=bob)
        await elsewhere(write_log, session, DONE)
        await elsewhere(take_news)
        await elsewhere(Share.objects.all().delete)
        async with sending():
            await settled()
        delivery = await elsewhere(WebhookDelivery.objects.get)
    assert (receiver.taken, delivery.delivered_at) == ([], None)
    assert "may not see" in delivery.outcome


async def test_what_was_before_the_endpoint_is_not_told() -> None:
    async with Receiver() as receiver:
        session, _ = await elsewhere(told, receiver.url)
        await elsewhere(WebhookEndpoint.objects.update, created_at=timezone.now())
        await elsewhere(AgentSession.objects.update, updated_at=timezone.now())
        await elsewhere(write_log, session, DONE)
        assert not await elsewhere(take_news)
    progress = await elsewhere(WebhookProgress.objects.get)
    assert (progress.seq, await elsewhere(WebhookDelivery.objects.count)) == (1, 0)
