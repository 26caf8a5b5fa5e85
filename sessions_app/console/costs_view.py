from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views import View

from sessions_app.console import bars
from sessions_app.console.overview.spending import NOTHING, cost_by_day, priced_sessions
from sessions_app.models import AgentSession

RANGES_DAYS = (7, 30, 90)
ROWS_MAX = 12  # models or owners with a row of their own; the others share one


class CostsView(View):
    """Charts the cost of sessions: by the day of their creation, by model, by owner.

    Simulated sessions are left out: nobody pays what they would cost.
    """

    model_admin: Any = None

    def get(self, request: HttpRequest) -> HttpResponse:
        days = _days(request)
        sessions = priced_sessions(days)
        by_day = cost_by_day(sessions, days)
        context = self.model_admin.admin_site.each_context(request) | {
            "title": "Costs",
            "opts": self.model_admin.opts,
            "days": days,
            "ranges": RANGES_DAYS,
            "total": bars.usd(sum((value for _, value in by_day), NOTHING)),
            "most": bars.usd(max(value for _, value in by_day)),
            "width": bars.WIDTH,
            "label_end": bars.LABEL_WIDTH - 8,
            "columns": bars.columns(by_day),
            "columns_height": bars.DAYS_HEIGHT,
            "charts": [
                _chart("By model", _top(_sums(sessions, "model"))),
                _chart("By owner", _top(_sums(sessions, "owner__username"))),
            ],
        }
        template = "admin/sessions_app/agentsession/costs.html"
        return TemplateResponse(request, template, context)


def _days(request: HttpRequest) -> int:
    given = request.GET.get("days", "")
    return int(given) if given in map(str, RANGES_DAYS) else RANGES_DAYS[1]


def _sums(sessions: QuerySet[AgentSession], name: str) -> list[tuple[str, Decimal]]:
    found = sessions.values_list(name).annotate(cost=Sum("cost_usd")).order_by("-cost")
    return [(label or "nobody", cost) for label, cost in found]


def _top(sums: list[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    rest = sums[ROWS_MAX:]
    left = [("all others", sum((cost for _, cost in rest), NOTHING))] if rest else []
    return sums[:ROWS_MAX] + left


def _chart(title: str, sums: Iterable[tuple[str, Decimal]]) -> dict[str, Any]:
    found = bars.rows(sums)
    height = len(found) * bars.ROW_HEIGHT
    return {"title": title, "bars": found, "height": height}
