"""Each form of a message, sent to a server that takes that form and no other."""

import email
from collections.abc import Callable, Iterator
from email.message import Message
from email.policy import default
from ipaddress import ip_network
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import LazySettings
from django.contrib.auth.models import User

from sessions_app.models import WebhookDelivery, WebhookEndpoint
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.webhooks.endpoints import add_endpoint
from sessions_app.webhooks.occasion import Occasion
from sessions_app.webhooks.sender import Parcel, prepared
from tests.servers.free_port import free_port
from tests.sessions_app.logbook import elsewhere, held_session, write_log
from tests.sessions_app.webhooks import services
from tests.sessions_app.webhooks.receiver import Receiver, Taken

pytestmark = pytest.mark.usefixtures("transactional_db")
TITLE = "Tidy <!channel> & @everyone\nup"
LONG = "it writes 日本 😀 " * 1000  # as UTF-8 far beyond what any of them takes


@pytest.fixture(autouse=True)
def _to_the_loopback(settings: LazySettings) -> None:
    settings.WEBHOOK_ALLOWED = [ip_network("127.0.0.1")]


def delivery(template: str, url: str, reason: str) -> WebhookDelivery:
    """Make what a session that waits is an occasion to send."""
    user = User.objects.create_user("alice", email="alice@example.com")
    session = held_session(id="s_told", title=TITLE, owner=user)
    ask = ApprovalRequest(tool_use_id="t", tool="bash", input={}, reason=reason)
    write_log(session, ask)
    endpoint, _ = add_endpoint(user, template, url, list(Occasion), of_all=False)
    made = WebhookDelivery.objects.create(
        endpoint=endpoint, session=session, seq=1, occasion=Occasion.WAITING
    )
    rows = WebhookDelivery.objects.select_related("endpoint__owner", "session")
    return rows.get(pk=made.pk)


async def send(template: str, url: str, reason: str = "it writes") -> int:
    row = await elsewhere(delivery, template, url, reason)
    parcel = await elsewhere(prepared, row)
    assert isinstance(parcel, Parcel)
    return await parcel.send()


@pytest.mark.parametrize(
    "reason", ["it writes", LONG, ""], ids=["short", "long", "none"]
)
@pytest.mark.parametrize(
    ("template", "judge"),
    [
        ("slack", services.slack),
        ("discord", services.discord),
        ("ntfy", services.ntfy),
    ],
)
async def test_service_takes_what_it_is_sent(
    template: str, judge: Callable[[Taken], bytes], reason: str
) -> None:
    async with Receiver(judge=judge) as receiver:
        assert await send(template, receiver.url, reason) == 200
    (taken,) = receiver.taken
    said = taken.body.decode()
    assert "/sessions/s_told/" in said  # the way back is never cut off
    assert "waits for you" in said


async def test_title_links_and_mentions_nothing_at_slack() -> None:
    async with Receiver(judge=services.slack) as receiver:
        await send("slack", receiver.url)
    body: dict[str, Any] = msgspec.json.decode(receiver.taken[0].body)
    assert "Tidy &lt;!channel&gt; &amp; @everyone up" in body["text"]


class Mailbox:
    """Takes the mail of a real SMTP server."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Message]] = []

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 OK"


@pytest.fixture
def mailbox(settings: LazySettings) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = False
    settings.DEFAULT_FROM_EMAIL = "ringside@example.com"
    yield mailbox
    server.stop()


@pytest.mark.parametrize("reason", ["it writes", LONG], ids=["short", "long"])
async def test_mail_arrives_at_the_address_of_the_account(
    mailbox: Mailbox, reason: str
) -> None:
    assert await send("email", "", reason) == 200
    ((to, mail),) = mailbox.mails
    assert to == ["alice@example.com"]
    assert mail["Subject"] == "Tidy <!channel> & @everyone up waits for you"
    assert mail["From"] == "ringside@example.com"
    row = await elsewhere(WebhookDelivery.objects.get)
    assert mail["Message-ID"] == f"<{row.message_id}@example.com>"
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "/sessions/s_told/" in body.decode()


async def test_mail_server_that_is_away_is_a_failure_that_is_tried_again(
    settings: LazySettings,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with pytest.raises(OSError, match="refused"):
        await send("email", "")
    assert await elsewhere(WebhookEndpoint.objects.filter(gone_at=None).exists)
