from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models.functions import Now
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sessions_app.commands.open_approvals import open_questions
from sessions_app.console.costs_view import CostsView
from sessions_app.console.link import link, rows_url
from sessions_app.console.read_only import ReadOnlyAdmin
from sessions_app.console.sessions.act import ACTS
from sessions_app.console.sessions.answer_view import AnswerView
from sessions_app.console.sessions.session_filters import (
    ArchivedFilter,
    CostFilter,
    RunnerFilter,
)
from sessions_app.console.sessions.session_list import SessionChangeList
from sessions_app.log.leases.process_identity import Lease
from sessions_app.masking.originals import masked_words
from sessions_app.models import AgentSession
from sessions_app.operations.viewer_counts import count_viewers


@admin.register(AgentSession)
class AgentSessionAdmin(ReadOnlyAdmin):
    list_display = (
        "name", "state", "owner", "model", "cost", "runner", "lag", "watching", "head",
        "created",
    )  # fmt: skip
    list_display_links = None  # the `name` column contains links itself
    list_filter = (
        "status", ArchivedFilter, CostFilter, RunnerFilter, "created_at", "engine",
        "model", ("owner", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("id__exact", "title", "prompt")
    search_help_text = "An id, or words of title and prompt."
    fieldsets = (
        (None, {"fields": (
            "title", ("state", "owner", "model"),
            ("timeline", "events", "commands", "sub_agents"), "prompt",
        )}),
        ("Run", {"fields": (
            ("runner", "lag", "heartbeat_at"), ("head", "watching", "cost"), "usage",
            "lease",
        )}),
        ("Settings", {"fields": (
            ("id", "parent", "epoch"), ("engine", "permission_mode"), "workdir",
        )}),
        ("Times", {"fields": (
            ("created_at", "started_at", "ended_at"), ("updated_at", "archived_at"),
        )}),
    )  # fmt: skip
    readonly_fields = (
        "state", "timeline", "events", "commands", "sub_agents", "owner", "parent",
        "prompt", "model", "engine", "permission_mode", "workdir", "head", "watching",
        "cost", "usage", "runner", "lag", "lease", "heartbeat_at", "epoch", "id",
        "created_at", "updated_at", "started_at", "ended_at", "archived_at",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        answer = self.admin_site.admin_view(AnswerView.as_view(model_admin=self))
        own = path(
            "<slug:session_id>/answer/",
            answer,
            name="sessions_app_agentsession_answer",
        )
        costs = self.admin_site.admin_view(CostsView.as_view(model_admin=self))
        return [
            path("costs/", costs, name="sessions_app_agentsession_costs"),
            own,
            *super().get_urls(),
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {act.name: (act, act.name, act.name.capitalize()) for act in ACTS}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SessionChangeList

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        session = self.get_object(request, object_id)
        questions = open_questions(session) if session else ()
        context = {"acts": ACTS, "questions": questions, "title": "Session"}
        return super().change_view(
            request, object_id, form_url, context | (extra_context or {})
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def save_model(
        self,
        request: HttpRequest,
        obj: AgentSession,
        form: "ModelForm[Any]",
        change: bool,
    ) -> None:
        # Update only the title: a runner may be writing the other columns.
        renamed = AgentSession.objects.filter(pk=obj.pk)
        renamed.update(title=masked_words(obj.title), updated_at=Now())

    # --- columns --------------------------------------------------------------

    @admin.display(ordering="title", description="session")
    def name(self, session: AgentSession) -> SafeString:
        change = reverse("admin:sessions_app_agentsession_change", args=[session.pk])
        return format_html(
            '{}<span class="id">{} · {} · {}</span>',
            link(change, session.title or "(no title)"),
            session.pk,
            self.timeline(session),
            self.events(session),
        )

    @admin.display(ordering="created_at")
    def created(self, session: AgentSession) -> str:
        return f"{timezone.localtime(session.created_at):%Y-%m-%d %H:%M}"

    @admin.display(ordering="status", description="status")
    def state(self, session: AgentSession) -> SafeString:
        pattern = '<span class="chip" data-status="{0}">{0}</span>'
        return format_html(pattern, session.status)

    @admin.display(ordering="head_seq", description="head")
    def head(self, session: AgentSession) -> int:
        return session.head_seq

    @admin.display(ordering="cost_usd", description="cost, USD")
    def cost(self, session: AgentSession) -> str:
        return "unknown" if session.cost_usd is None else f"{session.cost_usd:.4f}"

    @admin.display(ordering="lease")
    def runner(self, session: AgentSession) -> str:
        if not session.lease:
            return ""
        holder = Lease.parse(session.lease)
        return f"{holder.host} {holder.pid}"

    @admin.display(ordering="heartbeat_at", description="lag, s")
    def lag(self, session: AgentSession) -> str:
        """Return the seconds since the last heartbeat of the session's runner."""
        if not session.lease or session.heartbeat_at is None:
            return ""
        silent = timezone.now() - session.heartbeat_at
        return f"{max(0.0, silent.total_seconds()):.1f}"

    @admin.display(description="viewers")
    def watching(self, session: AgentSession) -> int:
        listed: int | None = getattr(session, "viewers", None)
        return count_viewers([session.pk])[session.pk] if listed is None else listed

    @admin.display
    def timeline(self, session: AgentSession) -> SafeString:
        return link(reverse("session_detail", args=[session.pk]), "timeline")

    @admin.display(description="log")
    def events(self, session: AgentSession) -> SafeString:
        return link(rows_url("event", q=session.pk), "events")

    @admin.display
    def commands(self, session: AgentSession) -> SafeString:
        return link(rows_url("command", q=session.pk), "commands")

    @admin.display(description="sub-agents")
    def sub_agents(self, session: AgentSession) -> SafeString:
        return link(
            rows_url("agentsession", parent__id__exact=session.pk), "sub-agents"
        )
