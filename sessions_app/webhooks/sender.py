import asyncio
import logging
import time
from dataclasses import dataclass

from django.conf import settings

from sessions_app.log.database.reader import Reader
from sessions_app.models import WebhookDelivery, WebhookEndpoint
from sessions_app.webhooks import outbox
from sessions_app.webhooks.mail import send_mail
from sessions_app.webhooks.message import WebhookMessage, encode
from sessions_app.webhooks.news import may_hear, take_news
from sessions_app.webhooks.post import post
from sessions_app.webhooks.push.hush import Hushed
from sessions_app.webhooks.push.push_parcel import GONE as GONE_BROWSER
from sessions_app.webhooks.push.push_parcel import PushParcel, prepare_push
from sessions_app.webhooks.signature import signed
from sessions_app.webhooks.target import BadTarget, WebhookTarget
from sessions_app.webhooks.templates import FORMS

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that is ready to be sent; `target` None: by mail."""

    delivery: WebhookDelivery
    message: WebhookMessage
    target: WebhookTarget | None

    async def send(self) -> int:
        """Send the message; return an HTTP status. Raises BadTarget and OSError."""
        delivery, target = self.delivery, self.target
        if target is None:
            to = delivery.endpoint.owner.email
            await asyncio.to_thread(send_mail, to, self.message, delivery.message_id)
            return 200
        url, body = FORMS[delivery.endpoint.template](target.url, self.message)
        data = encode(body)
        now = int(time.time())
        headers = signed(target.key, delivery.message_id, now, data)
        return await post(url, data, headers)


class WebhookSender:
    """Finds what is to be told, and tells it: a background task of a web process.

    Any number of processes may do so; each delivery is claimed by one. What a process
    was sending as it died is sent again, under the same `webhook-id`.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._busy: dict[int, asyncio.Task[None]] = {}  # by the endpoint's id

    async def run(self) -> None:
        try:
            while True:
                await asyncio.sleep(settings.WEBHOOK_INTERVAL_S)
                while await self._reader.read(take_news):
                    pass
                await self._send_due()
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _send_due(self) -> None:
        self._busy = {k: task for k, task in self._busy.items() if not task.done()}
        room = settings.WEBHOOK_AT_ONCE_MAX - len(self._busy)
        if room > 0:
            for taken in await self._reader.read(outbox.claim, set(self._busy), room):
                task = asyncio.create_task(self._send(taken))
                self._busy[taken.endpoint_id] = task

    async def _send(self, delivery: WebhookDelivery) -> None:
        """Send one delivery and note what came of it; nothing is raised."""
        parcel = await self._reader.read(prepared, delivery)
        if isinstance(parcel, Hushed):
            await self._reader.read(outbox.put_off, delivery, parcel.why, parcel.until)
            return
        try:
            status = await parcel.send()
        except (BadTarget, OSError) as error:
            outcome = str(error) or type(error).__name__
        else:
            if 200 <= status < 300:
                await self._reader.read(outbox.note_success, delivery, str(status))
                return
            if isinstance(parcel, PushParcel) and status in GONE_BROWSER:
                await self._reader.read(delivery.endpoint.delete)
                return
            if status == outbox.GONE:
                await self._reader.read(outbox.note_gone, delivery)
                return
            outcome = f"answered {status}"
        logger.warning(
            "event=webhook_failed endpoint=%d delivery=%d try=%d outcome=%r",
            delivery.endpoint_id,
            delivery.pk,
            delivery.attempts + 1,
            outcome,
        )
        await self._reader.read(outbox.note_failure, delivery, outcome)


def prepared(delivery: WebhookDelivery) -> Parcel | PushParcel | Hushed:
    """Write a delivery's message, or say why its endpoint is not told now."""
    endpoint = delivery.endpoint
    if endpoint.template == WebhookEndpoint.Template.PUSH:
        return prepare_push(delivery)
    if endpoint.gone_at or not may_hear(endpoint, delivery.session):
        return Hushed("its owner may not see it any more")
    is_mail = endpoint.template == WebhookEndpoint.Template.EMAIL
    target = None if is_mail else WebhookTarget.of(endpoint)
    if target is None and not is_mail:
        return Hushed("its URL was encrypted with another SECRET_KEY")
    return Parcel(delivery, WebhookMessage.of(delivery), target)
