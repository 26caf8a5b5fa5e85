from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from sessions_app.models import (
    AgentSession,
    Event,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookProgress,
)
from sessions_app.people.rights import visible_to
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.webhooks.occasion import TYPES, Occasion, occasion_of


def take_news() -> bool:
    """Read logs on from where they were read last; return whether more may be left.

    The log itself is the queue: what is committed to it gets its deliveries now or
    after a restart. A step that is done twice makes each delivery once, since an
    endpoint has one for each event.
    """
    endpoints = list(active_endpoints().select_related("owner"))
    if not endpoints:
        return False
    since = min(endpoint.created_at for endpoint in endpoints)
    found = list(_unread(since)[: settings.WEBHOOK_SESSIONS_MAX])
    for session in found:
        try:
            _take(session, endpoints)
        except IntegrityError:
            continue  # the session or an endpoint was deleted meanwhile
    return len(found) == settings.WEBHOOK_SESSIONS_MAX


def active_endpoints() -> Any:
    return WebhookEndpoint.objects.filter(gone_at=None, owner__is_active=True)


def _unread(since: datetime) -> Any:
    """Select the sessions whose logs have something to look at.

    Those that have changed since the first endpoint was made, with an event that may
    be told; a log that only streams is passed over in large steps, as a step writes.
    """
    read = Coalesce("webhook_progress__seq", 0)
    news = Event.objects.filter(
        session=OuterRef("pk"), seq__gt=OuterRef("from_seq"), type__in=TYPES
    )
    much = Q(head_seq__gte=F("from_seq") + settings.DELTAS_PASSED_MIN)
    known = AgentSession.objects.annotate(from_seq=read)
    changed = known.filter(updated_at__gte=since, head_seq__gt=F("from_seq"))
    return changed.filter(much | Exists(news)).order_by("updated_at")


@transaction.atomic
def _take(session: Any, endpoints: Collection[WebhookEndpoint]) -> None:
    ahead = Event.objects.filter(
        session=session.pk, seq__gt=session.from_seq, seq__lte=session.head_seq
    )
    events = list(
        ahead.filter(type__in=TYPES).order_by("seq")[: settings.WEBHOOK_EVENTS_MAX]
    )
    is_all = len(events) < settings.WEBHOOK_EVENTS_MAX
    up_to = session.head_seq if is_all else events[-1].seq
    deliveries = []
    for event in events:
        occasion = occasion_of(decode_event(event.data), session)
        if occasion is not None:
            deliveries += [
                WebhookDelivery(
                    endpoint=endpoint,
                    session_id=session.pk,
                    seq=event.seq,
                    occasion=occasion,
                    due_at=timezone.now(),
                )
                for endpoint in endpoints
                if _wants(endpoint, event, occasion) and may_hear(endpoint, session)
            ]
    WebhookDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    WebhookProgress.objects.update_or_create(
        session_id=session.pk, defaults={"seq": up_to}
    )


def _wants(endpoint: WebhookEndpoint, event: Event, occasion: Occasion) -> bool:
    is_new = event.ts >= endpoint.created_at.timestamp() * 1000
    return is_new and occasion in endpoint.occasions.split()


def may_hear(endpoint: WebhookEndpoint, session: AgentSession) -> bool:
    """Return whether an endpoint's owner may see a session, and wants to hear of it."""
    seen = visible_to(endpoint.owner).filter(pk=session.pk)
    if not endpoint.of_all:
        seen = seen.filter(owner=endpoint.owner_id)
    return seen.exists()
