from collections.abc import Collection, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.db.models.functions import Now

from sessions_app.models import Viewing

# A session, and the share link that its viewers came by (None: they are signed in).
Way = tuple[str, int | None]


def report(source: str, counts: Mapping[Way, int]) -> None:
    """Say how many watch what in one web process, for VIEWING_TTL_S.

    Rows, so that every process can tell; they end by themselves with their source.
    """
    until = Now() + timedelta(seconds=settings.VIEWING_TTL_S)
    rows = [
        Viewing(
            source=source, session_id=id_, share_id=share, viewers=n, expires_at=until
        )
        for (id_, share), n in counts.items()
    ]
    try:
        with transaction.atomic():
            Viewing.objects.filter(source=source).delete()
            Viewing.objects.filter(expires_at__lt=Now()).delete()
            Viewing.objects.bulk_create(rows)
    except IntegrityError:
        return  # a session or a share went meanwhile: the next report is without it


def viewers_by_session(session_ids: Collection[str]) -> dict[str, int]:
    """Count the viewers that sessions have now, in all processes."""
    live = Viewing.objects.filter(session__in=session_ids, expires_at__gt=Now())
    sums = live.values("session").annotate(sum=Sum("viewers")).order_by()
    return dict(sums.values_list("session", "sum"))


def viewers_by_link(share_ids: Collection[int]) -> dict[int, int]:
    """Count the viewers that came by share links."""
    live = Viewing.objects.filter(share__in=share_ids, expires_at__gt=Now())
    sums = live.values("share").annotate(sum=Sum("viewers")).order_by()
    return {share: n for share, n in sums.values_list("share", "sum") if share}
