from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet
from django.db.models.functions import Left, Now
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sessions_app.countless_paginator import CountlessPaginator
from sessions_app.models import AgentSession, Command, Event
from sessions_app.protocol.codec import EVENT_TYPES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ID_PREFIX = "s_"
PREVIEW_CHARS = 120
admin.site.site_header = admin.site.site_title = "Ringside"


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that the runners write: looked at here, never changed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AgentSession)
class AgentSessionAdmin(ReadOnlyAdmin):
    actions = None
    list_display = (
        "id", "title", "status", "timeline", "events", "owner", "model", "engine",
        "head", "cost", "created_at",
    )  # fmt: skip
    list_filter = ("status", "engine", "model", "created_at", "owner")
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("id__exact", "title", "prompt")
    show_full_result_count = False
    fields = (
        "title", "id", "status", "owner", "parent", "prompt", "model", "engine",
        "permission_mode", "workdir", "head", "cost", "usage", "lease", "heartbeat_at",
        "epoch", "created_at", "updated_at", "started_at", "ended_at", "timeline",
        "events",
    )  # fmt: skip
    readonly_fields = fields[1:]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def save_model(
        self,
        request: HttpRequest,
        obj: AgentSession,
        form: "ModelForm[Any]",
        change: bool,
    ) -> None:
        # Only what was edited: a runner may be writing the other columns.
        renamed = AgentSession.objects.filter(pk=obj.pk)
        renamed.update(title=obj.title, updated_at=Now())

    @admin.display(ordering="head_seq", description="events")
    def head(self, session: AgentSession) -> int:
        return session.head_seq

    @admin.display(ordering="cost_usd", description="cost, USD")
    def cost(self, session: AgentSession) -> str:
        return "unknown" if session.cost_usd is None else f"{session.cost_usd:.4f}"

    @admin.display
    def timeline(self, session: AgentSession) -> SafeString:
        return _link(reverse("session_detail", args=[session.pk]), "timeline")

    @admin.display(description="log")
    def events(self, session: AgentSession) -> SafeString:
        log = reverse("admin:sessions_app_event_changelist")
        return _link(f"{log}?q={session.pk}", "events")


class EventTypeFilter(admin.SimpleListFilter):
    """Offers the protocol's types, without asking the whole log for those in it."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(EVENT_TYPES)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Event]
    ) -> QuerySet[Event]:
        return queryset.filter(type=self.value()) if self.value() else queryset


class LogChangeList(ChangeList):
    """A page of the log, which nobody counts: so there is no count to show."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    actions = None
    list_display = ("id", "session_id", "seq", "type", "time", "preview")
    list_filter = (EventTypeFilter,)
    list_max_show_all = 0
    ordering = ("-id",)
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER  # they count
    search_fields = ("session_id",)
    search_help_text = "A session's id, an event type, or both; each of them whole."
    show_full_result_count = False
    fields = ("session", "seq", "type", "stream", "time", "json")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        events = Event.objects.annotate(start=Left("data", PREVIEW_CHARS)).defer("data")
        return events

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LogChangeList

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kw: Any
    ) -> CountlessPaginator:
        page = request.GET.get(PAGE_VAR, "1")
        return CountlessPaginator(
            queryset, per_page, int(page) if page.isdecimal() else 1
        )

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        for word in search_term.split():
            if word.startswith(ID_PREFIX):
                # The index of the log serves one session in its own order.
                queryset = queryset.filter(session_id=word).order_by("seq")
            else:
                queryset = queryset.filter(type=word)
        return queryset, False

    @admin.display
    def time(self, event: Event) -> str:
        try:
            when = EPOCH + timedelta(milliseconds=event.ts)
        except OverflowError:  # a runner that is not ours wrote it
            return str(event.ts)
        return when.isoformat(" ", "milliseconds")

    @admin.display(description="data")
    def preview(self, event: Event) -> str:
        return str(getattr(event, "start", ""))

    @admin.display(description="data")
    def json(self, event: Event) -> SafeString:
        pretty = msgspec.json.format(event.data, indent=2)
        return format_html("<pre>{}</pre>", pretty)


@admin.register(Command)
class CommandAdmin(ReadOnlyAdmin):
    actions = None
    list_display = ("id", "session_id", "type", "by", "created_at", "applied_at")
    list_filter = ("type", "created_at")
    list_select_related = ("by",)
    search_fields = ("session__id__exact",)
    show_full_result_count = False
    readonly_fields = (
        "session", "key", "type", "data", "tool_use_id", "by", "created_at",
        "applied_at",
    )  # fmt: skip


def _link(url: str, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, text)
