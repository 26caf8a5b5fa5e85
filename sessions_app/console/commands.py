import msgspec
from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sessions_app.console.link import link, rows_url
from sessions_app.console.read_only import ReadOnlyAdmin
from sessions_app.models import Command

PREVIEW_CHARS = 120


@admin.register(Command)
class CommandAdmin(ReadOnlyAdmin):
    """Lists people's commands, approvals included: who, when, what, from where."""

    list_display = (
        "id", "session_link", "type", "said", "by", "address", "created_at",
        "applied_at",
    )  # fmt: skip
    list_filter = ("type", "created_at")
    list_select_related = ("by",)
    ordering = ("-id",)
    search_fields = ("session__id__exact", "by__username__exact", "address__exact")
    search_help_text = "A complete session id, user name or address."
    fields = (
        "session", "type", "by", "address", "created_at", "applied_at", "tool_use_id",
        "key", "json",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description="session", ordering="session_id")
    def session_link(self, command: Command) -> SafeString:
        return link(rows_url("command", q=command.session_id), command.session_id)

    @admin.display(description="what")
    def said(self, command: Command) -> str:
        return command.data[:PREVIEW_CHARS]

    @admin.display(description="data")
    def json(self, command: Command) -> SafeString:
        pretty = msgspec.json.format(command.data, indent=2)
        return format_html("<pre>{}</pre>", pretty)
