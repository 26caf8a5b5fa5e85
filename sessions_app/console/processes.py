from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString

from sessions_app.console.link import link, rows_url
from sessions_app.console.read_only import ReadOnlyAdmin
from sessions_app.models import RunnerProcess, WebProcess


class ProcessAdmin(ReadOnlyAdmin):
    """Lists processes as they report themselves; a silent one has ended abruptly."""

    ordering = ("-heartbeat_at",)

    @admin.display(description="there", boolean=True)
    def is_there(self, process: RunnerProcess | WebProcess) -> bool:
        silent = timezone.now() - process.heartbeat_at
        return silent < timedelta(seconds=settings.LEASE_TIMEOUT_S)


@admin.register(RunnerProcess)
class RunnerProcessAdmin(ProcessAdmin):
    list_display = (
        "host", "pid", "is_there", "running", "concurrency", "throttled",
        "heartbeat_at", "started_at",
    )  # fmt: skip
    fields = (*list_display, "name")
    readonly_fields = fields

    @admin.display(description="sessions", ordering="sessions")
    def running(self, runner: RunnerProcess) -> SafeString:
        held = rows_url("agentsession", runner=str(runner.pk))
        return link(held, str(runner.sessions))


@admin.register(WebProcess)
class WebProcessAdmin(ProcessAdmin):
    list_display = (
        "host", "pid", "is_there", "watched", "watching", "heartbeat_at", "started_at",
    )  # fmt: skip
    fields = (*list_display, "name")
    readonly_fields = fields

    @admin.display(description="watched sessions")
    def watched(self, process: WebProcess) -> int:
        return len(process.viewers)

    @admin.display(description="viewers")
    def watching(self, process: WebProcess) -> int:
        return sum(process.viewers.values())
