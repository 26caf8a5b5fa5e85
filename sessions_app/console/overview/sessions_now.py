from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from sessions_app.console.link import rows_url
from sessions_app.models import AgentSession
from sessions_app.protocol.status import SessionStatus

FAILURES = (SessionStatus.FAILED, SessionStatus.INTERRUPTED)
FAILURES_AGE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SessionsNow:
    """Sessions in the same state: how many, some of them, and the list of all.

    `count` is at most CONSOLE_COUNT_MAX, and then there may be more.
    """

    title: str
    count: int
    rows: list[AgentSession]
    url: str
    empty: str

    @property
    def count_text(self) -> str:
        most = settings.CONSOLE_COUNT_MAX
        return f"{self.count:,}+" if self.count >= most else f"{self.count:,}"

    @property
    def more(self) -> bool:
        return self.count > len(self.rows)


def sessions_now() -> list[SessionsNow]:
    """Read what works, what waits for people, what is queued, and what failed lately.

    Two queries each, by the index of status; sub-agents count where they wait.
    """
    mains = AgentSession.objects.filter(parent=None)
    since = timezone.now() - FAILURES_AGE
    waiting = AgentSession.objects.filter(status=SessionStatus.WAITING)
    failed = mains.filter(status__in=FAILURES, updated_at__gte=since)
    return [
        _group(
            "Waiting for people",
            waiting.order_by("updated_at"),
            "Nothing waits for anybody.",
            [SessionStatus.WAITING],
        ),
        _group(
            "Running now",
            mains.filter(status=SessionStatus.RUNNING).order_by("-updated_at"),
            "No agent works now.",
            [SessionStatus.RUNNING],
        ),
        _group(
            "Queued",
            mains.filter(status=SessionStatus.QUEUED).order_by("created_at"),
            "No session waits for a runner.",
            [SessionStatus.QUEUED],
        ),
        _group(
            "Failed in the last day",
            failed.order_by("-updated_at"),
            "Nothing has failed since yesterday.",
            FAILURES,
        ),
    ]


def _group(
    title: str,
    found: "QuerySet[AgentSession]",
    empty: str,
    statuses: Collection[SessionStatus],
) -> SessionsNow:
    keys = list(found.values_list("pk", flat=True)[: settings.CONSOLE_COUNT_MAX])
    rows = AgentSession.objects.select_related("owner").defer("prompt", "usage")
    known = rows.in_bulk(keys[: settings.CONSOLE_ROWS_MAX])
    shown = [known[key] for key in keys if key in known]
    url = rows_url("agentsession", status__in=",".join(statuses))
    return SessionsNow(title, len(keys), shown, url, empty)
