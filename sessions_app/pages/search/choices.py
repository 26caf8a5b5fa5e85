from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.db.models import Max, QuerySet

from sessions_app.history.search.filters import DAYS
from sessions_app.models import AgentSession
from sessions_app.protocol.status import SessionStatus

WITHIN = dict(zip(DAYS, ("24 hours", "7 days", "30 days", "12 months"), strict=True))


@dataclass(frozen=True, slots=True)
class SearchChoices:
    """The values offered in the filters of the search."""

    owners: list[str]
    projects: list[str]  # the one that was worked in last comes first
    statuses: list[str]
    within: dict[str, str]

    @classmethod
    def of(cls, sessions: QuerySet[AgentSession]) -> Self:
        mains = sessions.filter(parent=None).order_by()
        owners = mains.exclude(owner=None).values_list("owner__username", flat=True)
        projects = mains.exclude(workdir="").values("workdir")
        latest = projects.annotate(last=Max("updated_at")).order_by("-last")
        most: int = settings.LIST_CHOICES_MAX
        return cls(
            owners=list(owners.distinct().order_by("owner__username")[:most]),
            projects=[row["workdir"] for row in latest[:most]],
            statuses=[str(status) for status in SessionStatus],
            within=WITHIN,
        )
