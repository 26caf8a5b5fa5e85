from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sessions_app.console.link import link, rows_url
from sessions_app.console.read_only import ReadOnlyAdmin
from sessions_app.models import Diagnostics


@admin.register(Diagnostics)
class DiagnosticsAdmin(ReadOnlyAdmin):
    """Shows the end of external programs' stderr."""

    list_display = ("session_link", "total_bytes", "updated_at")
    ordering = ("-updated_at",)
    search_fields = ("session__id__exact",)
    search_help_text = "A complete session id."
    fields = ("session", "total_bytes", "updated_at", "said")
    readonly_fields = fields

    @admin.display(description="session", ordering="session_id")
    def session_link(self, kept: Diagnostics) -> SafeString:
        return link(rows_url("diagnostics", q=kept.session_id), kept.session_id)

    @admin.display(description="text")
    def said(self, kept: Diagnostics) -> SafeString:
        return format_html("<pre>{}</pre>", kept.text)
