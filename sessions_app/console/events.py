from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR, ChangeList
from django.db.models import QuerySet, Value
from django.db.models.functions import Concat, Left
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sessions_app.api.number import read_number
from sessions_app.console.countless_paginator import CountlessPaginator
from sessions_app.console.link import link
from sessions_app.console.read_only import ReadOnlyAdmin
from sessions_app.models import AgentSession, Event
from sessions_app.protocol.encoding.codec import EVENT_TYPES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ID_PREFIX = "s_"
PREVIEW_CHARS = 120
SEQ_MAX = 2**62


class EventTypeFilter(admin.SimpleListFilter):
    """Offers all types of the protocol; finding those in use would read all logs."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(EVENT_TYPES)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Event]
    ) -> QuerySet[Event]:
        name = self.value()
        return _of_type(queryset, name) if name else queryset


class SeqFilter(admin.SimpleListFilter):
    """Divides one session's long log into ranges, so no query reads all of it."""

    title = "seq"
    parameter_name = "from"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        sessions = AgentSession.objects.filter(pk=_session_of(request))
        head, most = sessions.values_list("head_seq", flat=True).first() or 0, _most()
        starts = range(1, head + 1, most) if head > most else ()
        return [(str(at), f"{at:,} to {min(at + most - 1, head):,}") for at in starts]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Event]
    ) -> QuerySet[Event]:
        start = min(read_number(self.value() or "") or 1, SEQ_MAX)
        return queryset.filter(seq__gte=start, seq__lt=start + _most())

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        _, first, *others = super().choices(changelist)
        yield {**first, "selected": first["selected"] or self.value() is None}
        yield from others


class LogChangeList(ChangeList):
    """A page of the log, without a total count, which would be too slow."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("id", "session_id", "seq", "type", "time", "preview")
    list_filter = (EventTypeFilter, SeqFilter)
    list_max_show_all = 0
    ordering = ("-id",)
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER  # facets count rows
    search_fields = ("session_id",)
    search_help_text = (
        "A session's id, an event type, or both; each of them whole. Without a session "
        f"the newest {settings.ADMIN_LOG_MAX_ROWS:,} events are looked through, and of "
        "one session's log as many at a time."
    )
    fields = ("session", "seq", "type", "stream", "time", "timeline", "json")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        events = Event.objects.annotate(start=Left("data", PREVIEW_CHARS)).defer("data")
        if _session_of(request):
            return events
        # Only the newest rows, so that a search for a rare type reads no whole log.
        newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
        return events.filter(id__gt=newest - _most())

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Event | None:
        # Any event, also one that is too old for `get_queryset`.
        return Event.objects.filter(pk=read_number(object_id) or 0).first()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LogChangeList

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kw: Any
    ) -> CountlessPaginator:
        page = read_number(request.GET.get(PAGE_VAR, ""))
        return CountlessPaginator(queryset, per_page, page or 1)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        for word in search_term.split():
            if word.startswith(ID_PREFIX):
                # Ordered by seq, which the index on (session, seq) provides.
                queryset = queryset.filter(session_id=word).order_by("seq")
            else:
                queryset = _of_type(queryset, word)
        return queryset, False

    @admin.display
    def time(self, event: Event) -> str:
        try:
            when = EPOCH + timedelta(milliseconds=event.ts)
        except OverflowError:  # a foreign runner wrote an impossible time
            return str(event.ts)
        return when.isoformat(" ", "milliseconds")

    @admin.display
    def timeline(self, event: Event) -> SafeString:
        page = reverse("session_detail", args=[event.session_id])
        return link(f"{page}#e{event.seq}", "timeline")

    @admin.display(description="data")
    def preview(self, event: Event) -> str:
        return str(getattr(event, "start", ""))

    @admin.display(description="data")
    def json(self, event: Event) -> SafeString:
        pretty = msgspec.json.format(event.data, indent=2)
        return format_html("<pre>{}</pre>", pretty)


def _of_type(events: QuerySet[Event], name: str) -> QuerySet[Event]:
    """Select a type, by an expression that hides the type's frequency from PostgreSQL.

    For a rare type PostgreSQL would scan the whole table, because it overestimates how
    many rows a range of one session's log has. With the expression it reads the range.
    """
    return events.alias(kind=Concat("type", Value(""))).filter(kind=name)


def _most() -> int:
    most: int = settings.ADMIN_LOG_MAX_ROWS
    return most


def _session_of(request: HttpRequest) -> str:
    words = request.GET.get(SEARCH_VAR, "").split()
    return next((word for word in words if word.startswith(ID_PREFIX)), "")
