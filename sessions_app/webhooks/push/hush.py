"""Whether a notification is to be sent now, later, or not at all."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from sessions_app.commands.open_approvals import open_questions
from sessions_app.models import (
    AgentSession,
    MutedSession,
    NotificationChoices,
    WebhookDelivery,
    WebProcess,
)
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.webhooks.push.browsers import choices_of


@dataclass(frozen=True, slots=True)
class Hushed:
    """Why a notification is not sent now; `until` None: it is not sent at all."""

    why: str
    until: datetime | None = None


def hushed(delivery: WebhookDelivery, request: ApprovalRequest | None) -> Hushed | None:
    """Return why a notification is not to be sent now; None: send it.

    What waits for a person is put off and told later, if it still waits; what has
    ended is not. `request` is the call that waits, if the delivery is of one.
    """
    owner, now = delivery.endpoint.owner, timezone.now()
    line = line_of(delivery.session)
    if MutedSession.objects.filter(user=owner, session__in=line).exists():
        return Hushed("muted")
    if request is not None and not _waits(delivery.session, request):
        return Hushed("answered meanwhile")
    if end := quiet_end(choices_of(owner), now):
        return Hushed("in quiet hours", end if request else None)
    if _is_looked_at(owner.pk, line):
        # What is known of pages may be some seconds old: look once more.
        a_while = timedelta(seconds=settings.PUSH_LOOKED_AT_S)
        is_fresh = now - delivery.created_at < a_while
        return Hushed("looked at", now + a_while if request or is_fresh else None)
    return None


def line_of(session: AgentSession) -> list[str]:
    """Return the ids of a session and of those above it."""
    found = [session.pk]
    while session.parent is not None:
        session = session.parent
        found.append(session.pk)
    return found


def quiet_end(choices: NotificationChoices, now: datetime) -> datetime | None:
    """Return when the person's quiet hours end, if they are on now.

    In the person's own time: 22:00 to 07:00 stays so when clocks change.
    """
    begin, end = choices.quiet_from, choices.quiet_until
    if begin is None or end is None or begin == end:
        return None
    zone = ZoneInfo(choices.time_zone)
    local = now.astimezone(zone)
    if not _is_between(local.time(), begin, end):
        return None
    day = local.date()
    if local.time() >= end:
        day += timedelta(days=1)
    until = datetime.combine(day, end, zone)
    # In autumn an hour comes twice: the end may be the second one's.
    return until if until > now else until.replace(fold=1)


def _is_between(at: time, begin: time, end: time) -> bool:
    return begin <= at < end if begin < end else at >= begin or at < end


def _waits(session: AgentSession, request: ApprovalRequest) -> bool:
    waiting = (one.tool_use_id for one in open_questions(session))
    return request.tool_use_id in waiting


def _is_looked_at(user_id: int, line: list[str]) -> bool:
    oldest = Now() - timedelta(seconds=settings.LEASE_TIMEOUT_S)
    processes = WebProcess.objects.filter(heartbeat_at__gte=oldest)
    pages = processes.values_list("looked_at", flat=True)
    return any(not set(line).isdisjoint(one.get(str(user_id), ())) for one in pages)
