from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Case, QuerySet, Sum, When
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
    """Return the cost of each day, including days without any cost.

    The days are the server's own; the database compares times with their ends alone,
    since it would call Python to name the day of each row (SQLite).
    """
    first: date = timezone.localdate() - timedelta(days=days - 1)
    named = [first + timedelta(days=number) for number in range(days)]
    zone = timezone.get_current_timezone()
    begins = [datetime.combine(day, time(), zone) for day in [*named, _after(named)]]
    number = Case(*(When(created_at__lt=at, then=at_) for at_, at in enumerate(begins)))
    found = sessions.annotate(day=number).values_list("day").annotate(Sum("cost_usd"))
    costs = {day: cost for day, cost in found if day is not None}
    return [
        (day.isoformat(), costs.get(at, NOTHING)) for at, day in enumerate(named, 1)
    ]


def _after(days: Sequence[date]) -> date:
    return days[-1] + timedelta(days=1)


def top_costs(sessions: "QuerySet[AgentSession]") -> dict[str, list[SpendingLine]]:
    """Return what has cost most by model, owner and project; one query for all."""
    fields = ("model", "owner", "workdir")
    found = sessions.values_list(*fields, "owner__username")
    sums: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for model, owner, workdir, name, cost in found.annotate(Sum("cost_usd")):
        keys = (str(model), str(owner or ""), str(workdir))
        labels = (keys[0] or "unknown", name or "nobody", keys[2] or "none")
        for field, key, label in zip(fields, keys, labels, strict=True):
            sums[field][key, label] += cost
    return {
        field: [_line(field, *one) for one in _most(sums[field])] for field in fields
    }


def _most(sums: "Counter[tuple[str, str]]") -> list[tuple[tuple[str, str], Decimal]]:
    return [(named, Decimal(cost)) for named, cost in sums.most_common(TOP_MAX)]


def _line(field: str, named: tuple[str, str], cost: Decimal) -> SpendingLine:
    key, label = named
    url = rows_url("agentsession", **({field: key} if key else {}))
    return SpendingLine(label, cost, url)
