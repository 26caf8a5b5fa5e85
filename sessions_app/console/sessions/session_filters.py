from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from sessions_app.api.number import read_number
from sessions_app.models import AgentSession, RunnerProcess

Sessions = QuerySet[AgentSession]


class CostFilter(admin.SimpleListFilter):
    title = "cost"
    parameter_name = "cost"
    # URL value -> (label, condition).
    ranges = {  # noqa: RUF012 never changed
        "unknown": ("unknown", Q(cost_usd=None)),
        "1": ("under $1", Q(cost_usd__lt=1)),
        "10": ("$1 to $10", Q(cost_usd__gte=1, cost_usd__lt=10)),
        "more": ("$10 or more", Q(cost_usd__gte=10)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, title) for name, (title, _) in self.ranges.items()]

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        found = self.ranges.get(self.value() or "")
        return queryset.filter(found[1]) if found else queryset


class RunnerFilter(admin.SimpleListFilter):
    """Filters by the process that holds the session's lease."""

    title = "runner"
    parameter_name = "runner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        runners = RunnerProcess.objects.order_by("host", "pid")
        named = [(str(r.pk), str(r)) for r in runners]
        return [("any", "any"), ("none", "none"), *named]

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        match self.value():
            case None:
                return queryset
            case "any":
                return queryset.exclude(lease="")
            case "none":
                return queryset.filter(lease="")
            case chosen:
                runners = RunnerProcess.objects.filter(pk=read_number(chosen) or 0)
                name = runners.values_list("name", flat=True).first()
                if name is None:  # the runner's row is gone, or never existed
                    return queryset.none()
                held = queryset.exclude(lease="")
                return held.filter(lease__startswith=f"{name}/")


class ArchivedFilter(admin.SimpleListFilter):
    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "no"), ("yes", "yes")]

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        if self.value() not in {"no", "yes"}:
            return queryset
        return queryset.filter(archived_at__isnull=self.value() == "no")
