from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from sessions_app.console.link import rows_url
from sessions_app.models import AgentSession

NOTHING = Decimal(0)
OVERVIEW_DAYS = 30
TOP_MAX = 5  # models, owners or projects with a line of their own


@dataclass(frozen=True, slots=True)
class SpendingLine:
    """What one model, owner or project has cost, and the sessions that did."""

    label: str
    cost: Decimal
    url: str


def priced_sessions(days: int) -> "QuerySet[AgentSession]":
    """Select the sessions of the last days whose cost is known, and is one.

    Simulated sessions are left out: they have a price, for budgets and the page, but
    nobody pays it.
    """
    began = timezone.now() - timedelta(days=days)
    simulated = [e.name for e in settings.ENGINES.values() if e.is_simulated]
    priced = AgentSession.objects.filter(created_at__gte=began, cost_usd__isnull=False)
    return priced.exclude(engine__in=simulated).order_by()


def cost_by_day(
    sessions: "QuerySet[AgentSession]", days: int
) -> list[tuple[str, Decimal]]:
    """Return the cost of each day, including days without any cost."""
    first: date = timezone.localdate() - timedelta(days=days - 1)
    found = sessions.annotate(day=TruncDate("created_at")).values_list("day")
    costs = dict(found.annotate(Sum("cost_usd")))
    return [
        (day.isoformat(), costs.get(day, NOTHING))
        for day in (first + timedelta(days=number) for number in range(days))
    ]


def top_costs(
    sessions: "QuerySet[AgentSession]", field: str, shown: str, nobody: str
) -> list[SpendingLine]:
    """Return what has cost most, by a column of sessions; `shown` is its text."""
    found = sessions.values_list(field, shown).annotate(cost=Sum("cost_usd"))
    return [
        SpendingLine(
            str(label or nobody),
            cost,
            rows_url("agentsession", **({field: str(key)} if key else {})),
        )
        for key, label, cost in found.order_by("-cost")[:TOP_MAX]
    ]
