from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db.models import Max
from django.db.models.functions import Now

from sessions_app.models import AgentSession, Throttle


def hold(source: str, session_ids: Collection[str]) -> None:
    """Throttle sessions for THROTTLE_TTL_S, and end the source's other throttles.

    A throttle is a database row: it reaches the runner even without a layer, and it
    expires by itself if its source dies. Sessions that do not exist are skipped.
    """
    Throttle.objects.filter(source=source).exclude(session__in=session_ids).delete()
    long_over = Now() - timedelta(seconds=settings.PROCESS_KEPT_S)
    Throttle.objects.filter(expires_at__lt=long_over).delete()
    there = AgentSession.objects.filter(id__in=session_ids)
    for session_id in there.values_list("id", flat=True):
        Throttle.objects.update_or_create(
            session_id=session_id,
            source=source,
            defaults={
                "delay_ms": settings.THROTTLE_DELAY_MS,
                "expires_at": Now() + timedelta(seconds=settings.THROTTLE_TTL_S),
            },
        )


def delays(session_ids: Collection[str]) -> dict[str, int]:
    """Return the largest live delay (ms between API calls) of each slowed session."""
    live = Throttle.objects.filter(session__in=session_ids, expires_at__gt=Now())
    largest = live.values("session").annotate(delay=Max("delay_ms"))
    return dict(largest.values_list("session", "delay"))
