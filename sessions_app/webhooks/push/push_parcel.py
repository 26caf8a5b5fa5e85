import asyncio
import base64
import hashlib
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings

from sessions_app.models import Event, PushSubscription, WebhookDelivery
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.webhooks.message import WebhookMessage
from sessions_app.webhooks.news import may_hear
from sessions_app.webhooks.occasion import Occasion
from sessions_app.webhooks.post import post
from sessions_app.webhooks.push.browsers import is_signed_in
from sessions_app.webhooks.push.hush import Hushed, hushed
from sessions_app.webhooks.push.notification import URGENT, payload
from sessions_app.webhooks.push.push_target import PushTarget
from sessions_app.webhooks.push.vapid import vapid_headers

GONE = frozenset({404, 410})  # the browser has dropped its subscription
TOPIC_BYTES = 24  # 32 characters in base64, as many as RFC 8030 allows


@dataclass(frozen=True, slots=True)
class PushParcel:
    """A notification that is ready to be sent to a browser's push service."""

    target: PushTarget
    body: bytes
    topic: str
    is_urgent: bool

    async def send(self) -> int:
        """Send it, encrypted; return an HTTP status. Raises BadTarget and OSError."""
        # 20 MB and half a second, which only those take who are sent something.
        encryption = await asyncio.to_thread(
            import_module, "sessions_app.webhooks.push.encryption"
        )
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(settings.PUSH_TTL_S),
            "Urgency": "high" if self.is_urgent else "normal",
            "Topic": self.topic,  # a later one of the session takes its place
            **vapid_headers(self.target.url),
        }
        return await post(
            self.target.url, encryption.encrypted(self.body, self.target), headers
        )


def prepare_push(delivery: WebhookDelivery) -> PushParcel | Hushed:
    """Write a notification from the log as it is now, or say why it is not sent."""
    push = PushSubscription.objects.filter(endpoint=delivery.endpoint).first()
    target = PushTarget.of(delivery.endpoint)
    if push is None or target is None or not is_signed_in(push):
        delivery.endpoint.delete()
        return Hushed("its browser is signed out")
    if not may_hear(delivery.endpoint, delivery.session):
        return Hushed("its owner may not see it any more")
    request = _request(delivery)
    if why := hushed(delivery, request):
        return why
    message = WebhookMessage.of(delivery)
    body = payload(message, request, delivery.endpoint.owner)
    topic = base64.urlsafe_b64encode(
        hashlib.sha256(delivery.session_id.encode()).digest()[:TOPIC_BYTES]
    )
    is_urgent = Occasion(delivery.occasion) in URGENT
    return PushParcel(target, body, topic.decode(), is_urgent)


def _request(delivery: WebhookDelivery) -> ApprovalRequest | None:
    row = Event.objects.filter(session=delivery.session, seq=delivery.seq).first()
    event = decode_event(row.data) if row else None
    return event if isinstance(event, ApprovalRequest) else None
