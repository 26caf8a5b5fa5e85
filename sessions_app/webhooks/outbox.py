from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from sessions_app.models import WebhookDelivery, WebhookEndpoint

GONE = 410  # the receiver wants no more
OUTCOME_MAX_CHARS = 200


def claim(busy: Collection[int], most: int) -> list[WebhookDelivery]:
    """Take deliveries that are due, the oldest of each endpoint that is not busy.

    Whoever moves `due_at` ahead has it, alone: the database compares and sets. If that
    process dies, the delivery is due again after WEBHOOK_LEASE_S. Times are Python's:
    SQLite's own have fewer digits, and would compare as others.
    """
    due = WebhookDelivery.objects.filter(due_at__lte=timezone.now())
    due = due.exclude(endpoint__in=busy).select_related("endpoint__owner", "session")
    taken: dict[int, WebhookDelivery] = {}
    for delivery in due.order_by("due_at", "id")[: most * most]:
        if len(taken) < most and delivery.endpoint_id not in taken and _take(delivery):
            taken[delivery.endpoint_id] = delivery
    return list(taken.values())


def _take(delivery: WebhookDelivery) -> bool:
    leased = timezone.now() + timedelta(seconds=settings.WEBHOOK_LEASE_S)
    rows = WebhookDelivery.objects.filter(pk=delivery.pk, due_at=delivery.due_at)
    return bool(rows.update(due_at=leased, attempts=delivery.attempts + 1))


def note_success(delivery: WebhookDelivery, outcome: str) -> None:
    rows = WebhookDelivery.objects.filter(pk=delivery.pk)
    rows.update(due_at=None, delivered_at=Now(), outcome=outcome)


def note_failure(
    delivery: WebhookDelivery, outcome: str, *, is_lasting: bool = False
) -> None:
    """Note why a try failed, and when the next one is; after the last there is none."""
    tries = delivery.attempts + 1
    waits = settings.WEBHOOK_RETRY_S
    due = None
    if tries <= len(waits) and not is_lasting:
        due = timezone.now() + timedelta(seconds=waits[tries - 1])
    rows = WebhookDelivery.objects.filter(pk=delivery.pk)
    rows.update(due_at=due, outcome=outcome[:OUTCOME_MAX_CHARS])


def put_off(delivery: WebhookDelivery, why: str, until: datetime | None) -> None:
    """Note that a delivery is not sent now, which counts as no try; None: never."""
    rows = WebhookDelivery.objects.filter(pk=delivery.pk)
    rows.update(due_at=until, attempts=delivery.attempts, outcome=why)


def note_gone(delivery: WebhookDelivery) -> None:
    """The receiver is gone for good: send it nothing more."""
    note_failure(delivery, "gone (410)", is_lasting=True)
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(gone_at=Now())


def replay(deliveries: Collection[int]) -> int:
    """Send deliveries once more, whatever came of them; returns how many."""
    rows = WebhookDelivery.objects.filter(pk__in=deliveries)
    return rows.update(due_at=timezone.now(), attempts=0, delivered_at=None)
