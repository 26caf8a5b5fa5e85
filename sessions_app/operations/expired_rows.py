from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from sessions_app.models import Share, SigninLink, WebhookDelivery


@dataclass(frozen=True, slots=True)
class ExpiredRows:
    """Rows of one kind that have expired; none of them is part of a session."""

    what: str
    find: Callable[[datetime], "QuerySet[Any]"]  # called with the current time

    def count(self) -> int:
        return self.find(timezone.now()).count()

    def delete(self) -> int:
        """Delete the rows in small transactions, so that other writers can go on."""
        total = 0
        while found := self._delete_some():
            total += found
        return total

    @transaction.atomic
    def _delete_some(self) -> int:
        rows = self.find(timezone.now())
        ids = list(rows.order_by().values_list("pk", flat=True)[: settings.UPKEEP_ROWS])
        # The condition is checked again: a row renewed since it was found stays.
        rows.filter(pk__in=ids).delete()
        return len(ids)


def _signins(now: datetime) -> "QuerySet[Any]":
    store = import_module(settings.SESSION_ENGINE).SessionStore
    rows: QuerySet[Any] = store.get_model_class().objects.filter(expire_date__lt=now)
    return rows


def _signin_links(now: datetime) -> "QuerySet[Any]":
    return SigninLink.objects.filter(expires_at__lt=now)


def _attempts(model: Any) -> Callable[[datetime], "QuerySet[Any]"]:
    kept = timedelta(days=settings.ATTEMPTS_KEPT_DAYS)
    return lambda now: model.objects.filter(attempt_time__lt=now - kept)


def _shares(now: datetime) -> "QuerySet[Any]":
    before = now - timedelta(days=settings.ENDED_SHARES_KEPT_DAYS)
    return Share.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))


def _admin_log(now: datetime) -> "QuerySet[Any]":
    before = now - timedelta(days=settings.ADMIN_LOG_KEPT_DAYS)
    return LogEntry.objects.filter(action_time__lt=before)


def _deliveries(now: datetime) -> "QuerySet[Any]":
    before = now - timedelta(days=settings.WEBHOOK_KEPT_DAYS)
    return WebhookDelivery.objects.filter(due_at=None, created_at__lt=before)


def expired_rows() -> tuple[ExpiredRows, ...]:
    return (
        ExpiredRows("sign-ins that have expired", _signins),
        ExpiredRows("links to sign in that have expired", _signin_links),
        ExpiredRows("old wrong passwords", _attempts(AccessAttempt)),
        ExpiredRows("old failures to sign in", _attempts(AccessFailureLog)),
        ExpiredRows("old records of signing in", _attempts(AccessLog)),
        ExpiredRows("shares that ended long ago", _shares),
        ExpiredRows("old entries of the admin's history", _admin_log),
        ExpiredRows("old deliveries of webhooks", _deliveries),
    )
